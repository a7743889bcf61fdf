import type { PodHistory } from "../domain/pod-history.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Workload } from "../domain/workload.ts";

/** Which workloads are of interest: all where a list is empty. */
export interface WorkloadSelection {
  readonly namespaces: readonly string[];
  /** Labels that a workload must carry, with these values. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What was found, and what could not be seen and why (a missing permission, a metric that is not there). */
export interface Discovery {
  readonly workloads: readonly Workload[];
  readonly warnings: readonly string[];
  /** Left out where it was not looked for. */
  readonly surroundings?: Surroundings;
}

/** Where workloads are read from: the Kubernetes API, or kube-state-metrics series. */
export interface Inventory {
  discover(selection: WorkloadSelection): Promise<Discovery>;
  /** What is remembered of pods, for where metrics do not tell; left out where there is nobody to ask. */
  readonly history?: (selection: WorkloadSelection) => Promise<PodHistory>;
}
