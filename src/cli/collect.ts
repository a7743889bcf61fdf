import path from "node:path";
import { Command } from "commander";
import { loadConfig } from "../config/load.ts";
import { InputError } from "../domain/input-error.ts";
import type { PolledCluster } from "../sweep/poll-clusters.ts";

interface CollectOptions {
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly allowExec?: boolean;
  readonly namespace?: readonly string[];
  readonly every?: string;
  readonly store?: string;
  readonly once?: boolean;
}

export function collectCommand(): Command {
  return new Command("collect")
    .summary("poll metrics-server and keep what it says, where there is no Prometheus")
    .description(
      "The metrics API of Kubernetes knows only of now. This asks it again and again and keeps days of usage, which\nthe other verbs read with `provider: metrics-server`. `loadline serve` does it by itself.",
    )
    .option("--config <file>", "poll its clusters with provider: metrics-server")
    .option("--kubeconfig <file>", "without --config: which cluster (default: as kubectl)")
    .option("--context <name>", "context of the kubeconfig")
    .option("--allow-exec", "run the credential plugin that the kubeconfig names")
    .option("--namespace <names...>", "only these namespaces")
    .option("--every <duration>", "how often to ask (default: 60s)")
    .option("--store <place>", "a folder or postgres:// address (default: the one of the configuration)")
    .option("--once", "ask once and end, for a CronJob")
    .action(collect);
}

async function collect(options: CollectOptions): Promise<void> {
  const { pollClusters, pollOnce } = await import("../sweep/poll-clusters.ts");
  const { clusters, store } = await whatToPoll(options);
  const polling = { store, tell };
  const pods = await pollOnce(clusters, polling);
  tell(`${pods} pods in ${clusters.map(({ name }) => name).join(", ")}`);
  if (options.once === true) return;
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  await pollClusters(clusters, polling, stop.signal);
}

async function whatToPoll(
  options: CollectOptions,
): Promise<{ clusters: readonly PolledCluster[]; store: string | undefined }> {
  // With the client of Kubernetes, which takes longer to load than everything else.
  const { polledClusters, pollEveryMs } = await import("../sweep/poll-clusters.ts");
  const { config: file, kubeconfig, context, allowExec = false, namespace = [], every } = options;
  const everyMs = every === undefined ? undefined : pollEveryMs(every);
  if (file === undefined) {
    const access = {
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
      allowExec,
    };
    const cluster = { name: context ?? "the cluster", access, namespaces: namespace };
    return { clusters: [{ ...cluster, everyMs: everyMs ?? pollEveryMs("60s") }], store: options.store };
  }
  if (kubeconfig !== undefined || context !== undefined || namespace.length > 0)
    throw new InputError("--kubeconfig, --context and --namespace stand in the configuration with --config");
  const config = await loadConfig(file);
  const clusters = polledClusters(config.clusters, path.dirname(path.resolve(file)));
  if (clusters.length === 0)
    throw new InputError(
      `--config ${file}: no cluster has provider: metrics-server, so nothing is to be polled`,
    );
  return {
    clusters: clusters.map((cluster) => ({ ...cluster, everyMs: everyMs ?? cluster.everyMs })),
    store: options.store ?? config.store,
  };
}

function tell(text: string): void {
  process.stderr.write(`loadline collect: ${text}\n`);
}
