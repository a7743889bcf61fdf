import type { Rollout } from "../domain/rollout.ts";
import type { Workload, WorkloadId } from "../domain/workload.ts";

/** A workload as it is now; `unknown`: it can't be seen, or not yet. */
export type LiveWorkload =
  | { readonly status: "there"; readonly workload: Workload; readonly rollout?: Rollout }
  | { readonly status: "gone" }
  | { readonly status: "unknown" };

/** Where a few workloads are looked at, one by one, without an inventory of all. */
export interface LiveWorkloads {
  /** By `workloadKey`, all of them. */
  look(ids: readonly WorkloadId[]): Promise<ReadonlyMap<string, LiveWorkload>>;
}
