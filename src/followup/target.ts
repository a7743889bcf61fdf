import { type Quantity, sameQuantity } from "../domain/quantity.ts";
import { amountOf, RESOURCE_FIELDS, type ResourceField, type Resources } from "../domain/resources.ts";
import { parseWorkloadKey, type WorkloadId, workloadKey } from "../domain/workload.ts";
import type { Marker } from "../proposals/marker.ts";

/** One number of a container that a merge changes; `undefined` where it is not set. */
export interface ChangedAmount {
  readonly container: string;
  readonly field: ResourceField;
  readonly before: Quantity | undefined;
  readonly after: Quantity | undefined;
}

/** A workload of a cluster that a merge changes. */
export interface Target {
  readonly cluster: string;
  readonly workload: WorkloadId;
  /** Empty where the pull request's marker had no room for them. */
  readonly changed: readonly ChangedAmount[];
  /** What the amounts were before is not known. */
  readonly beforeUnknown: boolean;
}

/** By which states and readings name it. */
export function targetKey({ cluster, workload }: Pick<Target, "cluster" | "workload">): string {
  return `${cluster} ${workloadKey(workload)}`;
}

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** What a merged pull request changes, by its marker; one that reverts another changes it the other way round. */
export function targetsOf({ workloads, proposed = {}, before, reverts }: Marker): Target[] {
  const named = workloads.flatMap((name) => {
    const [cluster = "", key = "", container = ""] = name.split(" ");
    const workload = parseWorkloadKey(key);
    // Anybody who may write can have edited it.
    const sound = workload && NAME.test(workload.namespace) && NAME.test(workload.name);
    return sound ? [{ name, cluster, workload, container }] : [];
  });
  return [...Map.groupBy(named, targetKey).values()].flatMap((containers) => {
    const [first] = containers;
    if (!first) return [];
    const changed = containers.flatMap(({ name, container }) =>
      RESOURCE_FIELDS.filter((field) => proposed[name]?.[field] !== undefined).map((field) => {
        const amounts = {
          before: before?.[name]?.[field],
          after: unlessNone(field, proposed[name]?.[field]),
        };
        return reverts
          ? { container, field, before: amounts.after, after: amounts.before }
          : { container, field, ...amounts };
      }),
    );
    const { cluster, workload } = first;
    return [{ cluster, workload, changed, beforeUnknown: before === undefined }];
  });
}

/** As cgroups have it, a limit of nothing is none. */
function unlessNone(field: ResourceField, amount: Quantity | undefined): Quantity | undefined {
  return field.startsWith("limits") && sameQuantity(amount, "0") ? undefined : amount;
}

/**
 * Whether the containers, by name, have the amounts that the merge was to bring; `undefined` where it is not known
 * what to look for.
 */
export function hasArrived(
  { changed }: Target,
  containers: ReadonlyMap<string, Resources>,
): boolean | undefined {
  const looked = changed.filter(({ before, after }) => (before ?? after) !== undefined);
  if (looked.length === 0) return undefined;
  return looked.every(({ container, field, before, after }) => {
    const live = containers.get(container);
    if (live === undefined) return false;
    const amount = amountOf(live, field);
    // What is not set any more may be filled in by the cluster.
    return after === undefined ? !sameQuantity(amount, before) : sameQuantity(amount, after);
  });
}
