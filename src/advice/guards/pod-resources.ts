import type { Gate } from "../guard.ts";

/**
 * Where a pod has resources of its own (`spec.resources`, Kubernetes 1.34), these are what is scheduled, bound its
 * containers, and decide its QoS class: a container's number is not what a raise needs, nor what a lowering saves.
 */
export const podResources: Gate = ({ resource, workload }) =>
  workload.setByPod?.includes(resource)
    ? {
        code: "pod-resources",
        message: `its pod sets ${resource} for all of its containers together, which is left to you`,
      }
    : undefined;
