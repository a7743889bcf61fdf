import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import {
  RESOURCE_SIDES,
  type ResourceField,
  type ResourceName,
  type ResourceSide,
} from "../domain/resources.ts";
import type { Quota } from "../domain/surroundings.ts";
import type { Container, Workload } from "../domain/workload.ts";
import { podAmount } from "./pod-amount.ts";
import { isMore, quantityOf, wholeBelow } from "./readable.ts";

/** What a ResourceQuota has left of one resource, in cores or bytes. */
interface Left {
  readonly left: number;
  /** `the ResourceQuota "team" has 500m left of its 8 requests.cpu`. */
  readonly sentence: string;
}

/** What raises take of a namespace, in cores or bytes. */
interface Taken {
  readonly more: number;
  /** The most that is needed besides while one of them is rolled out. */
  readonly beside: number;
}

/** Sums up raises in a namespace against what its ResourceQuotas have left. */
export class QuotaLedger {
  readonly #quotas: readonly Quota[];
  readonly #taken = new Map<ResourceField, Taken>();

  constructor(quotas: readonly Quota[]) {
    this.#quotas = quotas;
  }

  /** Books what a workload's pods take more of a resource, or says why there is too little left for it. */
  book(
    workload: Workload,
    resource: ResourceName,
    before: readonly Container[],
    after: readonly Container[],
  ): Reason | undefined {
    const { pods, beside } = podsOf(workload);
    const booked: [ResourceField, Taken][] = [];
    for (const side of RESOURCE_SIDES) {
      const each = podAmount(after, side, resource) - podAmount(before, side, resource);
      if (each <= 0) continue;
      const { more, beside: widest } = this.#taken.get(`${side}.${resource}`) ?? { more: 0, beside: 0 };
      const together = {
        more: more + pods * each,
        beside: Math.max(widest, beside * podAmount(workload.containers, side, resource)),
      };
      const needed = together.more + together.beside;
      const short = leftOf(this.#quotas, workload, side, resource).find(({ left }) => isMore(needed, left));
      if (short) {
        const parts = [
          `${quantityOf(resource, each)} more in ${inPods(pods)}`,
          ...(together.beside > 0
            ? [`${quantityOf(resource, together.beside)} beside them during an update`]
            : []),
          ...(more > 0 ? [`${quantityOf(resource, more)} for what is raised before it`] : []),
        ];
        return {
          code: "quota",
          message: `${short.sentence}, and ${quantityOf(resource, needed)} would be needed: ${parts.join(", ")}`,
        };
      }
      booked.push([`${side}.${resource}`, together]);
    }
    for (const [field, together] of booked) this.#taken.set(field, together);
    return undefined;
  }
}

/** What each ResourceQuota that bounds a workload's namespace has left. */
export function leftOf(
  quotas: readonly Quota[],
  { namespace }: Workload,
  side: ResourceSide,
  resource: ResourceName,
): Left[] {
  return quotas.flatMap(({ namespace: its, name, hard, used }): Left[] => {
    const most = hard[side][resource];
    if (its !== namespace || most === undefined) return [];
    const left = Math.max(0, baseUnits(most) - baseUnits(used[side][resource] ?? "0"));
    const written = quantityOf(resource, wholeBelow(resource, left));
    return [
      {
        left,
        sentence: `the ResourceQuota "${name}" has ${written} left of its ${most} ${side}.${resource}`,
      },
    ];
  });
}

/** So many pods take what one takes more, and `beside` of the old ones run on while an update replaces them. */
export function podsOf({ kind, replicas = 1, podsBesideUpdate }: Workload): {
  readonly pods: number;
  readonly beside: number;
} {
  const pods = Math.max(1, replicas);
  return { pods, beside: podsBesideUpdate ?? besideByCustom(kind, pods) };
}

/** `a pod`, `each of 3 pods`. */
export function inPods(pods: number): string {
  return pods === 1 ? "a pod" : `each of ${pods} pods`;
}

function besideByCustom(kind: Workload["kind"], pods: number): number {
  switch (kind) {
    case "Deployment":
    case "Rollout":
      // A quarter of the pods may be missing, in whole ones: of fewer than four that is none.
      return pods < 4 ? 1 : 0;
    case "Job":
    case "CronJob":
      // Their pods come and go, and may not have been counted when the quota was looked at.
      return 1;
    case "StatefulSet":
    case "DaemonSet":
      return 0;
  }
}
