import type { ResourceField, ResourceName, Resources } from "./resources.ts";

export const WORKLOAD_KINDS = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "Rollout",
] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** The API group of each kind. */
export const WORKLOAD_GROUPS: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "apps",
  StatefulSet: "apps",
  DaemonSet: "apps",
  Job: "batch",
  CronJob: "batch",
  Rollout: "argoproj.io",
};

/** Which object: the API group follows from the kind. */
export interface WorkloadId {
  readonly namespace: string;
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** `sidecar` is a native one: an init container with `restartPolicy: Always`. */
export type ContainerRole = "main" | "init" | "sidecar";

export interface Container {
  readonly name: string;
  readonly role: ContainerRole;
  readonly image?: string;
  readonly resources: Resources;
  /** What its command, arguments and environment say of the runtime's heap. */
  readonly heap?: readonly HeapSetting[];
  /** Who last wrote its numbers; left out where that is not told. */
  readonly writers?: readonly FieldWriter[];
}

/** A program that owns numbers of a container, since it wrote them last. Several may own one with the same value. */
export interface FieldWriter {
  /** As the API server knows it, such as `argocd-controller` or `kubectl-edit`. */
  readonly manager: string;
  /** Server-side apply, or any other way to write. */
  readonly operation: "Apply" | "Update";
  readonly fields: readonly ResourceField[];
  readonly atMs?: number;
}

/** A flag or variable, or what a runtime does without one, that sizes its heap: to bytes, or to a share (0 to 1) of the memory limit. */
export type HeapSetting =
  | { readonly flag: string; readonly bytes: number }
  | { readonly flag: string; readonly shareOfLimit: number };

/** A HorizontalPodAutoscaler that scales a workload by these resources. */
export interface Autoscaler {
  readonly name: string;
  readonly resources: readonly ResourceName[];
  /** Set where the metric is of one container only. */
  readonly container?: string;
}

/** A VerticalPodAutoscaler that aims at a workload. */
export interface VerticalAutoscaler {
  readonly name: string;
  /** Whether it changes pods; in mode `Off` it only advises. */
  readonly acts: boolean;
  /**
   * Which resources it sets in a container, or, where none is named, in all others; in what is not here it sets all.
   */
  readonly controls?: readonly {
    readonly container?: string;
    readonly resources: readonly ResourceName[];
  }[];
}

/** A PodDisruptionBudget that protects a workload's pods from evictions. */
export interface DisruptionBudget {
  readonly name: string;
  /** So many of the pods it protects an eviction leaves at least; left out where its controller has not counted. */
  readonly counts?: { readonly mustStay: number; readonly pods: number };
}

/** A node short of memory threw a pod out in which this container used more than it had asked for. */
export interface Eviction {
  readonly container: string;
  readonly atMs: number;
  /** What it used then. */
  readonly usedBytes: number;
}

/** A workload as it lives in a cluster. */
export interface Workload extends WorkloadId {
  /** Desired pods; unknown for Jobs and CronJobs between runs. */
  readonly replicas?: number;
  /** Pods that an update has to start before it may stop one; left out where that is not told. */
  readonly podsBesideUpdate?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly Container[];
  /** What the pod itself asks for, for all of its containers together; left out where it says nothing. */
  readonly setByPod?: readonly ResourceName[];
  readonly autoscalers: readonly Autoscaler[];
  /** Its autoscalers could not be listed: there may be more than `autoscalers` says. */
  readonly autoscalersUnknown?: true;
  readonly verticalAutoscaler?: VerticalAutoscaler;
  /** Left out where there are none, or none could be listed. */
  readonly disruptionBudgets?: readonly DisruptionBudget[];
  /** As far as the cluster still remembers; left out where it tells of none. */
  readonly evictions?: readonly Eviction[];
}

export function isWorkloadKind(kind: string): kind is WorkloadKind {
  return Object.hasOwn(WORKLOAD_GROUPS, kind);
}

/** `Deployment/shop/api`: how a workload is named in flags, tables and keys. */
export function workloadKey(id: WorkloadId): string {
  return `${id.kind}/${id.namespace}/${id.name}`;
}

/** The reverse of {@link workloadKey}; `undefined` where the text is not `Kind/namespace/name`. */
export function parseWorkloadKey(text: string): WorkloadId | undefined {
  const [kind = "", namespace = "", name = "", ...rest] = text.split("/");
  if (!isWorkloadKind(kind) || namespace === "" || name === "" || rest.length > 0) return undefined;
  return { kind, namespace, name };
}
