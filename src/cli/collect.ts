import path from "node:path";
import { Command, Option } from "commander";
import { loadConfig } from "../config/load.ts";
import { type Config, configSchema } from "../config/schema.ts";
import { InputError } from "../domain/input-error.ts";

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
  const flag = (flags: string, description: string): Option =>
    new Option(flags, description).conflicts("config");
  return new Command("collect")
    .summary("poll metrics-server and keep what it says, where there is no Prometheus")
    .description(
      "The metrics API of Kubernetes knows only of now. This asks it again and again and keeps days of usage, which\nthe other verbs read with `provider: metrics-server`. `loadline serve` does it by itself.",
    )
    .option("--config <file>", "poll the clusters of a configuration that have provider: metrics-server")
    .addOption(flag("--kubeconfig <file>", "without --config: which cluster (default: as kubectl)"))
    .addOption(flag("--context <name>", "context of the kubeconfig"))
    .addOption(flag("--allow-exec", "run the credential plugin that the kubeconfig names"))
    .addOption(flag("--namespace <names...>", "only these namespaces"))
    .addOption(flag("--every <duration>", "how often to ask (default: 60s)"))
    .addOption(flag("--store <place>", "a folder or a postgres:// address (default: the user's cache)"))
    .option("--once", "ask once and end, for a CronJob")
    .action(collect);
}

async function collect(options: CollectOptions): Promise<void> {
  // With the client of Kubernetes, which takes longer to load than everything else.
  const { pollClusters, polledClusters, pollOnce } = await import("../sweep/open/poll-clusters.ts");
  const { config: file, once = false } = options;
  const config = file === undefined ? configOf(options) : await loadConfig(file);
  const folder = file === undefined ? process.cwd() : path.dirname(path.resolve(file));
  const clusters = polledClusters(config.clusters, folder);
  if (clusters.length === 0)
    throw new InputError(
      `--config ${file}: no cluster has provider: metrics-server, so none is to be polled`,
    );
  const polling = { store: config.store, folder, tell };
  const pods = await pollOnce(clusters, polling);
  tell(`${pods} pods in ${clusters.map(({ name }) => name).join(", ")}`);
  if (once) return;
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  await pollClusters(clusters, polling, stop.signal);
}

/** What the flags say, as a configuration would. */
function configOf({ kubeconfig, context, allowExec, namespace, every, store }: CollectOptions): Config {
  const cluster = { name: "cluster", inventory: "kubernetes", provider: "metrics-server" };
  const access = { kubeconfig, context, allowExec, namespaces: namespace };
  const options = every === undefined ? undefined : { every };
  const parsed = configSchema.safeParse({
    version: 1,
    clusters: [{ ...cluster, ...access, options }],
    store,
  });
  if (parsed.success) return parsed.data;
  throw new InputError(
    parsed.error.issues.map(({ path, message }) => `--${String(path.at(-1))}: ${message}`).join("\n"),
  );
}

function tell(text: string): void {
  process.stderr.write(`loadline collect: ${text}\n`);
}
