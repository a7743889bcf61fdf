import type { TooLittle } from "../domain/after-merge.ts";
import type { Window } from "../domain/duration.ts";
import { baseUnits } from "../domain/quantity.ts";
import { RESOURCE_NAMES, type ResourceName, type Resources } from "../domain/resources.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Container, Workload } from "../domain/workload.ts";
import type { ContainerUsage } from "../usage/usage.ts";
import { isGuaranteed } from "./guards/qos.ts";
import { type Learning, sinceRelease } from "./guards/release.ts";
import { inForce } from "./pod-amount.ts";
import type { Policy } from "./policy.ts";
import { type Starved, starvedOf } from "./starved.ts";

/** A container of a workload, what it used, and what bounds it from outside. */
export interface Subject {
  readonly container: Container;
  readonly workload: Workload;
  readonly usage: ContainerUsage | undefined;
  /** The server said that it told less of its use than there is. */
  readonly partial?: boolean;
  readonly surroundings: Surroundings;
  /** Amounts that were tried and taken back. */
  readonly tooLittle?: TooLittle;
}

/** Everything that the guards may look at for one resource of a container. */
export interface Situation extends Subject {
  readonly resource: ResourceName;
  /** Since the last release, where that is long enough ago to learn from. */
  readonly usage: ContainerUsage;
  readonly learning: Learning;
  /** All of the window. */
  readonly whole: ContainerUsage;
  readonly window: Window;
  /** The end of the window: when the advice is given. */
  readonly atMs: number;
  /** In cores or bytes; see {@link currentOf}. */
  readonly current: { readonly request?: number; readonly limit?: number };
  readonly guaranteed: boolean;
  readonly policy: Policy;
  /** Set where it had too little. */
  readonly starved?: Starved;
}

/** Request and limit in cores or bytes. Where only a limit is written, Kubernetes takes it for the request. */
export function currentOf(resources: Resources, resource: ResourceName): Situation["current"] {
  const limit = resources.limits[resource];
  const request = inForce(resources, "requests", resource);
  return {
    ...(request === undefined ? {} : { request: baseUnits(request) }),
    ...(limit === undefined ? {} : { limit: baseUnits(limit) }),
  };
}

export function situationsOf(subject: Subject, window: Window, policy: Policy): Situation[] {
  const { container, workload } = subject;
  const usage = subject.usage ?? { container: container.name, days: [] };
  const learning = sinceRelease(usage, policy.guards.daysOfNewImage);
  return RESOURCE_NAMES.map((resource) => {
    const situation: Situation = {
      ...subject,
      resource,
      usage: learning.usage,
      learning,
      whole: usage,
      window,
      atMs: window.endMs,
      current: currentOf(container.resources, resource),
      guaranteed: isGuaranteed(workload),
      policy,
    };
    const starved = starvedOf(situation);
    return starved ? { ...situation, starved } : situation;
  });
}
