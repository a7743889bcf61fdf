import { baseUnits, type Quantity } from "../domain/quantity.ts";
import type { ResourceName, Resources, ResourceSide } from "../domain/resources.ts";
import type { Container } from "../domain/workload.ts";

/**
 * What a pod of these containers counts for, in cores or bytes, as the scheduler and a ResourceQuota see it: all
 * that run together, or an init container beside the native sidecars that were started before it, where that is more.
 */
export function podAmount(
  containers: readonly Pick<Container, "role" | "resources">[],
  side: ResourceSide,
  resource: ResourceName,
): number {
  let [running, sidecars, starting] = [0, 0, 0];
  for (const { role, resources } of containers) {
    const amount = baseUnits(inForce(resources, side, resource) ?? "0");
    if (role === "init") starting = Math.max(starting, sidecars + amount);
    else running += amount;
    if (role === "sidecar") sidecars += amount;
  }
  return Math.max(running, starting);
}

/** Kubernetes takes a limit for a request that is left out. */
export function inForce(
  resources: Resources,
  side: ResourceSide,
  resource: ResourceName,
): Quantity | undefined {
  const { requests, limits } = resources;
  return side === "requests" ? (requests[resource] ?? limits[resource]) : limits[resource];
}
