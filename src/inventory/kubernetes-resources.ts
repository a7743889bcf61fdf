import type { WorkloadKind } from "../domain/workload.ts";
import type { ApiResource } from "./kubernetes-api.ts";

/** Where the objects of each kind are served. */
export const WORKLOAD_RESOURCES: Readonly<Record<WorkloadKind, ApiResource>> = {
  Deployment: { group: "apps", version: "v1", plural: "deployments" },
  StatefulSet: { group: "apps", version: "v1", plural: "statefulsets" },
  DaemonSet: { group: "apps", version: "v1", plural: "daemonsets" },
  Job: { group: "batch", version: "v1", plural: "jobs" },
  CronJob: { group: "batch", version: "v1", plural: "cronjobs" },
  Rollout: { group: "argoproj.io", version: "v1alpha1", plural: "rollouts" },
};
