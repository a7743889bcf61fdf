import type { Amounts } from "./resources.ts";

/** What a node has for pods. */
export interface NodeRoom {
  readonly name: string;
  readonly cores: number;
  readonly bytes: number;
}

/** What a LimitRange demands of every container of a namespace, or of every pod. */
export interface ContainerRange {
  readonly namespace: string;
  readonly name: string;
  readonly min: Amounts;
  readonly max: Amounts;
  /** Of all containers of a pod together. */
  readonly podMax?: Amounts;
  /** What a container without a limit gets. */
  readonly defaultLimit: Amounts;
  /** The largest limit there may be for a request of one, by resource. */
  readonly maxLimitRequestRatio: Amounts;
}

/** What a ResourceQuota leaves to all pods of a namespace together. */
export interface Quota {
  readonly namespace: string;
  readonly name: string;
  readonly hard: { readonly requests: Amounts; readonly limits: Amounts };
  readonly used: { readonly requests: Amounts; readonly limits: Amounts };
}

/** What bounds requests and limits besides the workload itself; empty lists where it could not be seen. */
export interface Surroundings {
  readonly nodes: readonly NodeRoom[];
  readonly containerRanges: readonly ContainerRange[];
  readonly quotas: readonly Quota[];
}

export const NO_SURROUNDINGS: Surroundings = { nodes: [], containerRanges: [], quotas: [] };
