import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ClusterConfig, PrometheusConfig } from "../config/schema.ts";
import { parseDuration, type Window } from "../domain/duration.ts";
import { InputError } from "../domain/input-error.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { metricsInventory } from "../inventory/metrics.ts";
import { prometheusSource } from "../metrics/prometheus.ts";
import { recordedSource } from "../metrics/recording.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import type { ClusterSources } from "./advise-cluster.ts";

/** Opens what a cluster's configuration names. Files are relative to `folder`. */
export async function openCluster(
  cluster: ClusterConfig,
  folder: string,
  window: Window,
  warn: (warning: string) => void,
): Promise<ClusterSources> {
  const metrics = await openMetrics(cluster, folder, warn);
  return {
    name: cluster.name,
    metrics,
    inventory:
      cluster.inventory === "metrics"
        ? metricsInventory(metrics, window)
        : await openKubernetes(cluster, folder),
    selection: { namespaces: cluster.namespaces, labels: cluster.selector },
  };
}

/** Loads the client only where it is asked for: it takes longer than everything else together. */
async function openKubernetes(
  { kubeconfig, context, allowExec }: ClusterConfig,
  folder: string,
): Promise<Inventory> {
  const { kubernetesInventory } = await import("../inventory/kubernetes.ts");
  return kubernetesInventory({
    ...(kubeconfig === undefined ? {} : { kubeconfig: path.resolve(folder, kubeconfig) }),
    ...(context === undefined ? {} : { context }),
    allowExec,
  });
}

async function openMetrics(
  { prometheus, metricsFile }: ClusterConfig,
  folder: string,
  warn: (warning: string) => void,
): Promise<SeriesSource> {
  if (metricsFile !== undefined) return await recordedSource(path.resolve(folder, metricsFile));
  const [first] = prometheus ?? [];
  if (first === undefined) throw new InputError("neither --prometheus nor a metrics file is given");
  return prometheusSource({ ...(await connection(first, folder)), onWarning: warn });
}

async function connection(
  prometheus: PrometheusConfig,
  folder: string,
): Promise<Parameters<typeof prometheusSource>[0]> {
  const { url, headers, username, passwordFile, bearerTokenFile, caFile, timeout } = prometheus;
  const secret = async (file: string): Promise<string> => (await readText(path.resolve(folder, file))).trim();
  return {
    url,
    ...(headers ? { headers } : {}),
    ...(username === undefined
      ? {}
      : { basicAuth: { username, password: passwordFile === undefined ? "" : await secret(passwordFile) } }),
    ...(bearerTokenFile === undefined ? {} : { bearerToken: await secret(bearerTokenFile) }),
    ...(caFile === undefined ? {} : { ca: await readText(path.resolve(folder, caFile)) }),
    timeoutMs: (parseDuration(timeout) ?? 60) * 1000,
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new InputError(`${file}: can't be read (${code})`);
  }
}
