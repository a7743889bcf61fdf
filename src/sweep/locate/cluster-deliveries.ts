import type { ClusterConfig } from "../../config/schema.ts";
import type { Delivery } from "../../domain/delivery.ts";
import type { ClusterDeliveries, PlacedDelivery } from "../../gitops/live/delivery-index.ts";
import type { Deliveries } from "../../inventory/deliveries/delivery-source.ts";
import { openDeliveries } from "../open/open-deliveries.ts";
import type { DeliveriesOf } from "./source.ts";

export interface ReadingDeliveries {
  /** Files of the configuration are relative to it. */
  readonly folder: string;
  readonly now: () => number;
  readonly warn: (cluster: string, warning: string) => void;
}

/** What could not be read: there may be anything. */
const NOTHING_SEEN: Deliveries = {
  server: "",
  deliveries: [],
  tracking: [],
  unseen: ["Application", "Kustomization", "HelmRelease"],
  warnings: [],
};

/**
 * Reads what GitOps tools say in each cluster that tells, and puts together what concerns each of them: an
 * Argo CD may keep other clusters than the one in which it runs.
 */
export async function readDeliveries(
  clusters: readonly ClusterConfig[],
  { folder, now, warn }: ReadingDeliveries,
): Promise<DeliveriesOf> {
  const read = new Map<ClusterConfig, Deliveries>();
  for (const cluster of clusters) {
    try {
      const source = await openDeliveries(cluster, folder, now);
      if (!source) continue;
      const found = await source.deliveries();
      for (const warning of found.warnings) warn(cluster.name, warning);
      read.set(cluster, found);
    } catch (error) {
      warn(
        cluster.name,
        `what GitOps tools say can't be read: ${error instanceof Error ? error.message : ""}`,
      );
      read.set(cluster, NOTHING_SEEN);
    }
  }
  return (name) => concerning(name, read);
}

/** `undefined` where nothing was read in the cluster itself, for then its workloads carry no marks either. */
function concerning(
  name: string,
  read: ReadonlyMap<ClusterConfig, Deliveries>,
): ClusterDeliveries | undefined {
  const [cluster, own] = [...read].find(([one]) => one.name === name) ?? [];
  if (!cluster || !own) return undefined;
  const others = [...read.keys()].filter((one) => one !== cluster);
  const isCalled = ({ server, name: called }: Delivery["destination"], one: ClusterConfig): boolean => {
    const at = read.get(one)?.server;
    return [server, called].some(
      (text) =>
        text !== undefined && (text === one.name || one.destinations.includes(text) || sameServer(text, at)),
    );
  };
  const placed = ({ destination }: Delivery, readIn: ClusterConfig): PlacedDelivery["placed"] => {
    const isOwn = readIn === cluster;
    if (destination.here) return isOwn ? "here" : "elsewhere";
    if (isCalled(destination, cluster)) return "here";
    return isOwn || others.some((one) => isCalled(destination, one)) ? "elsewhere" : "unknown";
  };
  return {
    cluster: name,
    unseen: own.unseen,
    deliveries: [...read].flatMap(([readIn, { deliveries, tracking }]) =>
      deliveries.map((delivery): PlacedDelivery => ({
        delivery,
        readIn: readIn.name,
        placed: placed(delivery, readIn),
        tracking: tracking.find(
          ({ namespace }) =>
            delivery.tool === "Argo CD" && namespace === (delivery.controllerNamespace ?? delivery.namespace),
        ),
      })),
    ),
  };
}

/** Addresses of one API server, whatever path and letters. */
function sameServer(text: string, server: string | undefined): boolean {
  return server !== undefined && server !== "" && URL.parse(text)?.origin === URL.parse(server)?.origin;
}
