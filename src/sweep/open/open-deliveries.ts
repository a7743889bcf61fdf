import type { ClusterConfig } from "../../config/schema.ts";
import type { DeliverySource } from "../../inventory/deliveries/delivery-source.ts";
import { accessOf } from "./cluster-access.ts";

/**
 * What GitOps tools in a cluster say, where it is read by the Kubernetes API; `undefined` elsewhere, as
 * kube-state-metrics does not tell of it.
 */
export async function openDeliveries(
  cluster: ClusterConfig,
  folder: string,
  now: () => number,
): Promise<DeliverySource | undefined> {
  if (cluster.inventory !== "kubernetes") return undefined;
  const { kubernetesDeliveries } = await import("../../inventory/deliveries/kubernetes-deliveries.ts");
  return kubernetesDeliveries(accessOf(cluster, folder), { namespaces: cluster.namespaces, now });
}
