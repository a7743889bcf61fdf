import { baseUnits } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import {
  RESOURCE_NAMES,
  RESOURCE_SIDES,
  type ResourceName,
  type Resources,
  withAmount,
} from "../domain/resources.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Container, Workload } from "../domain/workload.ts";
import type { Advice } from "./advise.ts";
import { overRoom } from "./guards/pod-room.ts";
import { heldBack } from "./held-back.ts";
import { inForce } from "./pod-amount.ts";
import { QuotaLedger } from "./quota-ledger.ts";

interface Advised {
  readonly workload: Workload;
  readonly container: Container;
  readonly advice: Advice;
}

/**
 * The advice for all containers of a namespace, without the raises that each would fit but do not together: into what
 * ResourceQuotas have left or, within a pod, into a node and what a LimitRange allows pods. What is urgent comes first,
 * then workloads by name. What is lowered is not counted on, since it may never be merged.
 */
export function fitting<One extends Advised>(advised: readonly One[], surroundings: Surroundings): One[] {
  const ledger = new QuotaLedger(surroundings.quotas);
  const pods = new Map<Workload, readonly Container[]>();
  const held = new Map<One, Map<ResourceName, Reason>>();
  for (const { one, resource } of inOrder(advised.flatMap(raisesOf))) {
    const { workload, container, advice } = one;
    const before = pods.get(workload) ?? workload.containers;
    const after = before.map((each) =>
      each.name === container.name ? { ...each, resources: raised(each.resources, advice, resource) } : each,
    );
    const reason =
      overRoom(workload, surroundings, resource, after) ?? ledger.book(workload, resource, before, after);
    if (reason) held.set(one, new Map(held.get(one)).set(resource, reason));
    else pods.set(workload, after);
  }
  return advised.map((one) => {
    const reasons = held.get(one);
    return reasons ? { ...one, advice: heldBack(one.advice, one.container.resources, reasons) } : one;
  });
}

function raisesOf<One extends Advised>(one: One) {
  const { container, advice } = one;
  const names = RESOURCE_NAMES.filter(
    (name) => raised(container.resources, advice, name) !== container.resources,
  );
  return names.map((resource) => {
    return { one, resource, urgent: advice.urgent.some((each) => each.resource === resource) };
  });
}

function inOrder<Raise extends { readonly one: Advised; readonly urgent: boolean }>(
  all: readonly Raise[],
): Raise[] {
  const key = ({ one: { workload } }: Raise): string => `${workload.name} ${workload.kind}`;
  return all.toSorted(
    (a, b) => Number(b.urgent) - Number(a.urgent) || Number(key(a) > key(b)) - Number(key(a) < key(b)),
  );
}

/** With what is raised of a resource, and without what is lowered; the same object where nothing is raised. */
function raised(now: Resources, { recommended }: Advice, resource: ResourceName): Resources {
  if (recommended === null) return now;
  let result = now;
  for (const side of RESOURCE_SIDES) {
    const wanted = recommended[side][resource];
    const present = baseUnits(inForce(now, side, resource) ?? "0");
    if (wanted !== undefined && baseUnits(wanted) > present)
      result = withAmount(result, `${side}.${resource}`, wanted);
  }
  return result;
}
