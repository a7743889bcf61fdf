import type { ClusterConfig } from "../../config/schema.ts";
import type { LiveWorkloads } from "../../inventory/live-workloads.ts";
import { metricsLive } from "../../inventory/metrics-live.ts";
import type { SeriesSource } from "../../metrics/series-source.ts";
import { noStore } from "../../usage/store/no-store.ts";
import { accessOf } from "../open/cluster-access.ts";
import { openCluster } from "../open/open-cluster.ts";
import type { SweepSetup } from "../setup.ts";

/** A cluster, looked at for a few of its workloads. */
export interface ClusterView extends AsyncDisposable {
  readonly live: LiveWorkloads;
  /** Left out where it is measured by something else than series. */
  readonly series?: SeriesSource | undefined;
  /** Told of what can't be read and does no harm. */
  readonly warn: (text: string) => void;
}

/** Rejects with `InputError` where the configuration of the cluster is wrong. */
export async function openView(
  cluster: ClusterConfig,
  { folder, log, now }: Pick<SweepSetup, "folder" | "log" | "now">,
): Promise<ClusterView> {
  const warn = (warning: string): void => log.warn({ cluster: cluster.name }, warning);
  const window = { startMs: now(), endMs: now() };
  const sources = await openCluster(cluster, { folder, window, store: noStore(), warn });
  return {
    live: await openLive(cluster, folder, sources.owners, now, warn),
    series: sources.owners,
    warn,
    [Symbol.asyncDispose]: async () => await sources[Symbol.asyncDispose](),
  };
}

async function openLive(
  cluster: ClusterConfig,
  folder: string,
  series: SeriesSource | undefined,
  now: () => number,
  warn: (warning: string) => void,
): Promise<LiveWorkloads> {
  if (cluster.inventory !== "kubernetes" && series) return metricsLive(series, now);
  const { kubernetesLive } = await import("../../inventory/kubernetes-live.ts");
  return kubernetesLive(accessOf(cluster, folder), warn);
}
