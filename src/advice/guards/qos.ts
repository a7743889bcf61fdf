import { sameQuantity } from "../../domain/quantity.ts";
import { RESOURCE_NAMES } from "../../domain/resources.ts";
import type { Workload } from "../../domain/workload.ts";
import type { Gate } from "../guard.ts";

/**
 * Kubernetes calls a pod Guaranteed where every container, init containers too, has limits for CPU and memory
 * and the same requests, left out ones being the limits.
 */
export function isGuaranteed({ containers }: Workload): boolean {
  return (
    containers.length > 0 &&
    containers.every(({ resources: { requests, limits } }) =>
      RESOURCE_NAMES.every(
        (name) => limits[name] !== undefined && sameQuantity(requests[name] ?? limits[name], limits[name]),
      ),
    )
  );
}

/** A Guaranteed pod stays so: request and limit move as one number, or not at all. */
export const qosClass: Gate = ({ guaranteed, resource, policy }) =>
  guaranteed && (policy.updateRequestsOnly || policy.limits[resource].rule === "keep")
    ? {
        code: "qos",
        message: `the pod is Guaranteed: its ${resource} request can't move without the limit, which the policy keeps`,
      }
    : undefined;
