import { z } from "zod";
import type { ClusterConfig } from "../../config/schema.ts";
import { parseDuration } from "../../domain/duration.ts";
import { InputError } from "../../domain/input-error.ts";
import type { ClusterAccess } from "../../inventory/kubeconfig.ts";
import { MetricsServerPoller } from "../../usage/providers/metrics-server/poller.ts";
import { accessOf } from "./cluster-access.ts";
import { openStore } from "./open-store.ts";
import { PodMetricsApi, polledKey } from "./pod-metrics-api.ts";

/** A cluster whose metrics-server is polled. */
export interface PolledCluster {
  readonly name: string;
  readonly access: ClusterAccess;
  /** Only these; all where it is empty. */
  readonly namespaces: readonly string[];
  readonly everyMs: number;
}

export interface Polling {
  /** As in the configuration, see {@link openStore}. */
  readonly store: string | undefined;
  /** To which the folder of a store is relative. */
  readonly folder: string;
  /** Told what goes wrong. */
  readonly tell: (text: string) => void;
}

/** Polls each cluster once and keeps what it says; gives the number of pods. For the first time, or by a schedule. */
export async function pollOnce(clusters: readonly PolledCluster[], polling: Polling): Promise<number> {
  let pods = 0;
  for (const cluster of clusters)
    await withPoller(cluster, polling, async (poller) => {
      pods += await poller.poll();
    });
  return pods;
}

/** Polls all clusters until the signal is aborted; what was polled is kept then. A fault is told and tried again. */
export async function pollClusters(
  clusters: readonly PolledCluster[],
  polling: Polling,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    clusters.map((cluster) =>
      withPoller(cluster, polling, (poller) =>
        poller.run(signal, (fault) => polling.tell(`${cluster.name}: ${fault}`)),
      ),
    ),
  );
}

/**
 * Polls what a configuration has to be polled, until it is disposed of. Throws `InputError` where the options of
 * a cluster are wrong; what goes wrong later is told.
 */
export function pollInBackground(clusters: readonly ClusterConfig[], polling: Polling): AsyncDisposable {
  const stop = new AbortController();
  const ended = Promise.allSettled(
    polledClusters(clusters, polling.folder).map((cluster) =>
      pollClusters([cluster], polling, stop.signal).catch((error: unknown) =>
        polling.tell(
          `${cluster.name} is not polled: ${error instanceof Error ? error.message : String(error)}`,
        ),
      ),
    ),
  );
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

async function withPoller(
  { access, namespaces, everyMs }: PolledCluster,
  { store, folder, tell }: Polling,
  work: (poller: MetricsServerPoller) => Promise<void>,
): Promise<void> {
  if (store === "none")
    throw new InputError("store: none keeps nothing, and metrics-server knows only of now");
  await using api = new PodMetricsApi(access);
  const poller = new MetricsServerPoller({
    list: api.list,
    namespaces,
    openStore: () => openStore(store, folder, tell),
    sourceKey: polledKey(access),
    everyMs,
    now: Date.now,
  });
  await work(poller);
}

/** The clusters of a configuration that are to be polled. Throws `InputError` where their options are wrong. */
export function polledClusters(clusters: readonly ClusterConfig[], folder: string): PolledCluster[] {
  return clusters
    .filter(({ provider }) => provider === "metrics-server")
    .map((cluster) => {
      const { name, namespaces, options = {} } = cluster;
      const parsed = Options.safeParse(options);
      if (!parsed.success)
        throw new InputError(
          `cluster ${name}, options of metrics-server: ${parsed.error.issues[0]?.message}`,
        );
      return { name, access: accessOf(cluster, folder), namespaces, everyMs: pollEveryMs(parsed.data.every) };
    });
}

const DEFAULT_EVERY = "60s";
const SHORTEST_SECONDS = 10;

const Options = z.strictObject({ every: z.string().default(DEFAULT_EVERY) });

/** Throws `InputError` where the text is no duration, or too short a one. */
function pollEveryMs(text: string): number {
  const seconds = parseDuration(text) ?? 0;
  if (seconds < SHORTEST_SECONDS)
    throw new InputError(`every ${text}: write a duration of ${SHORTEST_SECONDS}s or more, such as 60s`);
  return seconds * 1000;
}
