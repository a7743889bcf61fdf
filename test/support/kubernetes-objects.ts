import {
  type Container,
  WORKLOAD_GROUPS,
  type Workload,
  type WorkloadId,
} from "../../src/domain/workload.ts";
import type { KubernetesObject } from "./kubernetes-api.ts";

/** The list that each kind stands in. */
export const RESOURCE_OF = {
  Deployment: "apps/v1/deployments",
  StatefulSet: "apps/v1/statefulsets",
  DaemonSet: "apps/v1/daemonsets",
  Job: "batch/v1/jobs",
  CronJob: "batch/v1/cronjobs",
  Rollout: "argoproj.io/v1alpha1/rollouts",
} as const;

/** `500m` CPU and `256Mi` of memory, unless told. */
export function container(name: string, change: Partial<Container> = {}): Container {
  const resources = { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "512Mi" } };
  return { name, role: "main", image: `registry.example/${name}:1.0`, resources, ...change };
}

/** A workload named `Kind/namespace/name` with one container, `app`. */
export function workload(id: WorkloadId, change: Partial<Workload> = {}): Workload {
  const labels = { app: id.name };
  return { ...id, labels, annotations: {}, containers: [container("app")], autoscalers: [], ...change };
}

/** The object that an API server would hold for a workload; `metadata` is added to its own. */
export function objectOf(live: Workload, metadata: object = {}): KubernetesObject {
  const { kind, namespace, name, labels, annotations, replicas } = live;
  return {
    metadata: { name, namespace, labels, annotations, uid: `${kind}-${namespace}-${name}`, ...metadata },
    spec: specOf(live),
    status: kind === "DaemonSet" ? { desiredNumberScheduled: replicas } : { replicas },
  };
}

/** A Rollout that uses another object's pod template. */
export function referringRollout(
  namespace: string,
  name: string,
  kind: string,
  to: string,
): KubernetesObject {
  const workloadRef = { apiVersion: "apps/v1", kind, name: to };
  return { metadata: { name, namespace, labels: { app: name } }, spec: { replicas: 4, workloadRef } };
}

export function autoscalerObject(
  target: WorkloadId,
  spec: object,
  annotations: Record<string, string> = {},
): KubernetesObject {
  const version = target.kind === "Rollout" ? "v1alpha1" : "v1";
  const apiVersion = `${WORKLOAD_GROUPS[target.kind]}/${version}`;
  return {
    metadata: { name: `${target.name}-hpa`, namespace: target.namespace, annotations },
    spec: {
      minReplicas: 1,
      maxReplicas: 9,
      scaleTargetRef: { apiVersion, kind: target.kind, name: target.name },
      ...spec,
    },
  };
}

/** A VerticalPodAutoscaler at a workload; without a mode it has no update policy. */
export function verticalAutoscalerObject(
  target: WorkloadId,
  updateMode?: string,
  spec: object = {},
): KubernetesObject {
  const { kind, name, namespace } = target;
  const apiVersion = `${WORKLOAD_GROUPS[kind]}/${kind === "Rollout" ? "v1alpha1" : "v1"}`;
  return {
    metadata: { name: `${name}-vpa`, namespace },
    spec: {
      targetRef: { apiVersion, kind, name },
      ...(updateMode === undefined ? {} : { updatePolicy: { updateMode } }),
      ...spec,
    },
  };
}

/** As a kubelet tells of a node, shortened. */
export function nodeObject(name: string, allocatable: object, unschedulable?: true): KubernetesObject {
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    spec: { podCIDR: "10.1.0.0/24", ...(unschedulable ? { unschedulable } : {}) },
    status: { capacity: { cpu: "64", memory: "512Gi", pods: "110" }, allocatable, images: [] },
  };
}

export function limitRangeObject(
  namespace: string,
  name: string,
  limits: readonly object[],
): KubernetesObject {
  return { metadata: { name, namespace }, spec: { limits } };
}

export function quotaObject(namespace: string, name: string, hard: object, used: object): KubernetesObject {
  return { metadata: { name, namespace }, spec: { hard }, status: { hard, used } };
}

/** The metric of `autoscaling/v2`: of whole pods, or of one container. */
export function metric(name: string, ofContainer?: string): object {
  const target = { type: "Utilization", averageUtilization: 70 };
  if (ofContainer === undefined) return { type: "Resource", resource: { name, target } };
  return { type: "ContainerResource", containerResource: { name, container: ofContainer, target } };
}

function specOf({ kind, replicas, containers }: Workload): object {
  const written = ({ role, ...rest }: Container) => ({
    ...rest,
    ...(role === "sidecar" ? { restartPolicy: "Always" } : {}),
    terminationMessagePath: "/dev/termination-log",
  });
  const template = {
    metadata: {},
    spec: {
      containers: containers.filter(({ role }) => role === "main").map(written),
      initContainers: containers.filter(({ role }) => role !== "main").map(written),
      dnsPolicy: "ClusterFirst",
    },
  };
  if (kind === "CronJob") return { schedule: "0 3 * * *", jobTemplate: { spec: { template } } };
  return kind === "DaemonSet" || kind === "Job" ? { template } : { replicas, template };
}
