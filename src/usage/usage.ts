import type { Window } from "../domain/duration.ts";
import type { Distribution } from "./distribution.ts";

/** What one container of a workload used in a window, over all its pods, deleted ones included. */
export interface ContainerUsage {
  readonly container: string;
  /** Cores, one value a pod and step. */
  readonly cpu: Distribution;
  /** Working set in bytes, one value a pod and step. */
  readonly memory: Distribution;
  /** Pods that were seen. */
  readonly pods: number;
  /** First and last sample of either resource; `undefined` where there is none. */
  readonly seen: Window | undefined;
}

export interface WorkloadUsage {
  readonly containers: readonly ContainerUsage[];
}
