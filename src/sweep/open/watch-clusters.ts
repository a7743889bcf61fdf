import type { ClusterConfig } from "../../config/schema.ts";
import type { Inventory } from "../../inventory/inventory.ts";
import type { Telemetry } from "../../telemetry.ts";
import { accessOf } from "./cluster-access.ts";

export interface WatchedClusters extends AsyncDisposable {
  /** By the cluster's name; those that are not watched are left out. */
  readonly inventories: ReadonlyMap<string, Inventory>;
}

/** Inventories that keep up to date what was listed once, for the clusters whose configuration says so. */
export async function watchClusters(
  clusters: readonly ClusterConfig[],
  folder: string,
  { watchRestarts, inventoryReads }: Pick<Telemetry, "watchRestarts" | "inventoryReads">,
): Promise<WatchedClusters> {
  const watched = clusters.filter(({ inventory, watch }) => inventory === "kubernetes" && watch);
  if (watched.length === 0)
    return { inventories: new Map(), [Symbol.asyncDispose]: async () => await Promise.resolve() };
  // The client takes longer to load than everything else together.
  const { watchedInventory } = await import("../../inventory/kubernetes-watched.ts");
  const stack = new AsyncDisposableStack();
  const inventories = new Map(
    watched.map((cluster) => {
      const labels = { cluster: cluster.name };
      const report = {
        restarted: (reason: string) => watchRestarts.inc({ ...labels, reason }),
        wasRead: (from: string) => inventoryReads.inc({ ...labels, from }),
      };
      return [cluster.name, stack.use(watchedInventory(accessOf(cluster, folder), { report }))];
    }),
  );
  return { inventories, [Symbol.asyncDispose]: async () => await stack.disposeAsync() };
}
