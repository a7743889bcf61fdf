import { baseUnits, type Quantity, sameQuantity } from "../domain/quantity.ts";
import { amountOf, type ResourceField, type ResourceName, type Resources } from "../domain/resources.ts";
import type { ContainerRole } from "../domain/workload.ts";
import type { TriedContainer } from "./trial.ts";

/** A pod as far as a trial looks at it. */
export interface TrialPod {
  readonly name: string;
  readonly uid: string;
  /** Of this very state of it. */
  readonly resourceVersion: string;
  /** It ended or is being deleted. */
  readonly leaving: boolean;
  readonly ready: boolean;
  /** Since when it has been ready, or not, in Unix milliseconds. */
  readonly readySinceMs: number;
  /** What the node says of a change of size that it has not completed. */
  readonly resize?: {
    readonly state: "pending" | "in-progress";
    /** `Infeasible`, `Deferred`, `Error`, or nothing. */
    readonly reason: string;
    readonly message: string;
  };
  /** The node has looked at it as it is asked for now; left out where the node does not say (before 1.34). */
  readonly observed?: boolean;
  /** It has resources of its own, beside those of its containers. */
  readonly ownResources: boolean;
  readonly containers: readonly PodContainer[];
}

/** The pod that something is tried on. */
export interface TriedPod extends TrialPod {
  /** How many others of its controller are ready. */
  readonly othersReady: number;
}

export interface PodContainer {
  readonly name: string;
  readonly role: ContainerRole;
  /** What it shall have. */
  readonly resources: Resources;
  /** What the node gave it; left out where the node does not say. */
  readonly actual?: Resources;
  /** Resources whose change restarts it. */
  readonly restartsFor: readonly ResourceName[];
  readonly restarts: number;
  /** Why it ended the last time. */
  readonly lastEnd?: string;
}

export function containerOf(pod: TrialPod, { name }: Pick<TriedContainer, "name">): PodContainer | undefined {
  return pod.containers.find((container) => container.name === name);
}

/** Whether all changes of all containers stand in the pod as they were before, or as they are tried. */
export function asks(
  pod: TrialPod,
  containers: readonly Pick<TriedContainer, "name" | "changes">[],
  side: "before" | "after",
): boolean {
  return containers.every((tried) => {
    const resources = containerOf(pod, tried)?.resources;
    return (
      resources !== undefined &&
      tried.changes.every((change) => sameQuantity(amountOf(resources, change.field), change[side]))
    );
  });
}

/** Whether the node has given these containers what the pod asks for; `unsaid` where the node does not say. */
export function given(
  pod: TrialPod,
  containers: readonly Pick<TriedContainer, "name" | "changes">[],
): "given" | "not-yet" | "unsaid" {
  if (pod.resize) return "not-yet";
  if (pod.observed !== undefined) return pod.observed ? "given" : "not-yet";
  const found = containers.flatMap((tried) => {
    const container = containerOf(pod, tried);
    return container ? [{ container, changes: tried.changes }] : [];
  });
  if (found.some(({ container }) => container.actual === undefined)) return "unsaid";
  const has = found.every(({ container: { resources, actual }, changes }) =>
    changes.every(({ field }) => actual && about(field, amountOf(resources, field), amountOf(actual, field))),
  );
  return has ? "given" : "not-yet";
}

/** Nodes count requests in shares or weights of CPU, and limits in quotas: whole numbers of their own. */
const ROUNDING_CORES = { "requests.cpu": 0.03, "limits.cpu": 0.003 } as const;
/** The smallest quota of CPU that a node gives. */
const LEAST_QUOTA_CORES = 0.01;

function about(field: ResourceField, asked: Quantity | undefined, actual: Quantity | undefined): boolean {
  if (asked === undefined || actual === undefined) return asked === actual;
  if (field !== "requests.cpu" && field !== "limits.cpu") return sameQuantity(asked, actual);
  const [wanted, has] = [baseUnits(asked), baseUnits(actual)];
  const least = field === "limits.cpu" ? LEAST_QUOTA_CORES : 0;
  return Math.abs(Math.max(wanted, least) - has) <= ROUNDING_CORES[field];
}
