import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ClusterConfig, PrometheusConfig } from "../../config/schema.ts";
import { parseDuration, type Window } from "../../domain/duration.ts";
import { InputError } from "../../domain/input-error.ts";
import type { Inventory } from "../../inventory/inventory.ts";
import { metricsInventory } from "../../inventory/metrics.ts";
import type { SeriesSource } from "../../metrics/series-source.ts";
import type { ObserveSetup } from "../../usage/observe.ts";
import { openUsage, type UsageEndpoint } from "../../usage/open-usage.ts";
import { datadogSource } from "../../usage/providers/datadog/datadog-source.ts";
import { openMetricsFile } from "../../usage/providers/metrics-file.ts";
import { polledSource } from "../../usage/providers/metrics-server/polled-source.ts";
import { ownModule } from "../../usage/providers/own-module.ts";
import { withHistory } from "../../usage/with-history.ts";
import { noStore } from "../../usage/store/no-store.ts";
import type { UsageStore } from "../../usage/usage-store.ts";
import type { ClusterSources } from "../advise-cluster.ts";
import { windowOfRecording } from "../policy.ts";
import { accessOf } from "./cluster-access.ts";
import { openDeliveries } from "./open-deliveries.ts";

export interface OpenOptions {
  /** Files of the configuration are relative to it. */
  readonly folder: string;
  readonly window: Window;
  readonly store: UsageStore;
  readonly warn: (warning: string) => void;
  /** A file is read as of its newest sample; left out, as of now. */
  readonly asOfFile?: boolean;
  /** Ends whatever a Prometheus is asked. */
  readonly signal?: AbortSignal | undefined;
  /** Where it is kept up to date anyway. */
  readonly inventory?: Inventory | undefined;
}

export interface OpenedCluster extends ClusterSources {
  /** What is to be read: the window that was asked for, or that of a file. */
  readonly window: Window;
}

interface Opened extends ObserveSetup {
  readonly window?: Window;
  readonly close?: () => PromiseLike<void>;
}

/** Of an older file that is worth a word. */
const FRESH_MS = 3_600_000;

/** Opens what a cluster's configuration names; rejects with `InputError` where that is wrong. */
export async function openCluster(cluster: ClusterConfig, options: OpenOptions): Promise<OpenedCluster> {
  const { close, window = options.window, ...opened } = await openSource(cluster, options);
  const inventory =
    options.inventory ??
    (cluster.inventory === "kubernetes"
      ? await openKubernetes(cluster, options.folder)
      : inventoryOf(cluster, opened.owners, window));
  const selection = { namespaces: cluster.namespaces, labels: cluster.selector };
  const { source } = opened;
  const { history } = inventory;
  return {
    ...opened,
    sourceKey: keyFor(cluster.selector, opened.sourceKey),
    window,
    source: history ? withHistory(source, () => history(selection), options.warn) : source,
    name: cluster.name,
    inventory,
    selection,
    deliveries: await openDeliveries(cluster, options.folder, Date.now),
    async [Symbol.asyncDispose]() {
      await close?.();
    },
  };
}

function inventoryOf({ name }: ClusterConfig, series: SeriesSource | undefined, window: Window): Inventory {
  if (series) return metricsInventory(series, window);
  throw new InputError(
    `cluster ${name}: what it is read from tells only of usage, not which workloads there are; add inventory: kubernetes (--inventory kubernetes)`,
  );
}

/** Loads the client only where it is asked for: it takes longer than everything else together. */
export async function openKubernetes(cluster: ClusterConfig, folder: string): Promise<Inventory> {
  const { kubernetesInventory } = await import("../../inventory/kubernetes.ts");
  return kubernetesInventory(accessOf(cluster, folder));
}

async function openSource(cluster: ClusterConfig, options: OpenOptions): Promise<Opened> {
  const { metricsFile, provider, options: own = {}, prometheus = [], name } = cluster;
  const { folder, store, warn } = options;
  if (metricsFile !== undefined) {
    const { usage, series, newestMs } = await openMetricsFile(path.resolve(folder, metricsFile), warn);
    const window = options.asOfFile ? windowOfRecording(options.window, newestMs) : options.window;
    if (window.endMs < options.window.endMs - FRESH_MS)
      warn(`${metricsFile} ends at ${new Date(newestMs).toISOString()}: it is read as of then`);
    return { source: usage, owners: series, store: noStore(), sourceKey: "", window };
  }
  if (provider === "metrics-server") {
    const { polledKey } = await import("./pod-metrics-api.ts");
    const sourceKey = polledKey(accessOf(cluster, folder));
    return { source: polledSource(store, sourceKey), store: noStore(), sourceKey };
  }
  if (provider === "datadog")
    return { source: datadogSource(own, process.env), store, sourceKey: digest({ provider, own, name }) };
  if (provider !== undefined) {
    const source = await ownModule(provider, own, { cluster: name, folder, warn });
    return {
      source,
      store,
      sourceKey: digest({ provider: path.resolve(folder, provider), own, name }),
      close: () => source[Symbol.asyncDispose](),
    };
  }
  if (prometheus.length === 0) throw new InputError("neither --prometheus nor a metrics file is given");
  const { usage, series } = await openUsage(
    await Promise.all(
      prometheus.map(async (one) => ({ ...(await endpointOf(one, folder)), signal: options.signal })),
    ),
    warn,
  );
  return {
    source: usage,
    owners: series,
    store,
    sourceKey: digest(prometheus.map(whose)),
  };
}

/** Where not all workloads are known, a pod that is gone may be taken for one of another's: such days stay apart. */
function keyFor(selector: ClusterConfig["selector"], key: string): string {
  return Object.keys(selector).length === 0 ? key : digest([key, selector]);
}

/** What must be the same for days to be of the same cluster; it can't be read back. */
function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** Tenants of a shared store may differ in nothing but who asks. */
function whose({ url, headers, labels, username, bearerTokenFile, sigv4 }: PrometheusConfig) {
  const who = { username, bearerTokenFile, sigv4 };
  // Where nobody in particular asks, the key is what it always was.
  const said = Object.values(who).some((one) => one !== undefined);
  return [url, headers ?? null, labels, ...(said ? [who] : [])];
}

async function endpointOf(prometheus: PrometheusConfig, folder: string): Promise<UsageEndpoint> {
  const { url, headers, labels, protocol, username, passwordFile, bearerTokenFile, sigv4 } = prometheus;
  const { caFile, insecureSkipVerify, timeout } = prometheus;
  return {
    url,
    protocol,
    insecureSkipVerify,
    timeoutMs: (parseDuration(timeout) ?? 60) * 1000,
    matchers: Object.entries(labels).map(([label, is]) => ({ label, is })),
    ...(headers ? { headers } : {}),
    ...(username === undefined
      ? {}
      : {
          basicAuth: {
            username,
            password: passwordFile === undefined ? "" : await secret(folder, passwordFile),
          },
        }),
    ...(bearerTokenFile === undefined ? {} : { bearerTokenFile: path.resolve(folder, bearerTokenFile) }),
    ...(sigv4 ? { sigv4: definedOf(sigv4) } : {}),
    ...(caFile === undefined ? {} : { ca: await readText(path.resolve(folder, caFile)) }),
  };
}

function definedOf({ region, service, profile }: NonNullable<PrometheusConfig["sigv4"]>) {
  return {
    service,
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  };
}

async function secret(folder: string, file: string): Promise<string> {
  return (await readText(path.resolve(folder, file))).trim();
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new InputError(`${file}: can't be read (${code})`);
  }
}
