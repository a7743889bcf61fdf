import type { WorkloadKind } from "./workload.ts";

/** Which image each container of a pod has, by its name. */
export type Images = ReadonlyMap<string, string>;

/** A pod that a cluster still knows of. */
export interface KnownPod {
  readonly namespace: string;
  readonly name: string;
  /** What controls it itself, such as a ReplicaSet. */
  readonly controller?: { readonly kind: string; readonly name: string };
  readonly images: Images;
  /** When containers were last killed for lack of memory. */
  readonly oomKills: readonly { readonly container: string; readonly atMs: number }[];
}

/** A pod template that a workload has, or had: a ReplicaSet or a ControllerRevision. */
export interface Revision {
  readonly namespace: string;
  readonly name: string;
  readonly workload: { readonly kind: WorkloadKind; readonly name: string };
  /** In the order in which the workload took them up; one that it went back to counts anew. */
  readonly number: number;
  readonly madeMs: number;
  readonly images: Images;
}

/** What a cluster itself remembers of the pods of its workloads. */
export interface PodHistory {
  readonly pods: readonly KnownPod[];
  readonly revisions: readonly Revision[];
  /** What may not be read. */
  readonly warnings: readonly string[];
}
