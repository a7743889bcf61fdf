import path from "node:path";
import { DailyPast } from "../backtest/daily-past.ts";
import type { Past } from "../backtest/past.ts";
import { loadConfig } from "../config/load.ts";
import { type ClusterConfig, configSchema } from "../config/schema.ts";
import { InputError } from "../domain/input-error.ts";
import type { ResourceName } from "../domain/resources.ts";
import { parseWorkloadKey } from "../domain/workload.ts";
import { observeContainers } from "../sweep/observe-containers.ts";
import { windowEnding } from "../sweep/policy.ts";

/** Where a cluster's use is read. */
export interface ClusterFlags {
  readonly prometheus?: string;
  readonly metricsFile?: string;
  readonly config?: string;
  readonly cluster?: string;
  readonly namespace?: readonly string[];
  readonly workload?: readonly string[];
  readonly window: string;
}

/** One past for each container of the workloads that are asked for, in whole UTC days. */
export async function clusterPasts(
  flags: ClusterFlags,
  resource: ResourceName,
  progress: (step: string) => void,
): Promise<Past[]> {
  const observed = await observeContainers(await clusterOf(flags), {
    folder: flags.config === undefined ? process.cwd() : path.dirname(path.resolve(flags.config)),
    window: windowEnding(Date.now(), flags.window),
    only: flags.workload,
    warn: (warning) => process.stderr.write(`loadline: warning: ${warning}\n`),
    progress,
  });
  return observed
    .map(({ workload, usage }) => new DailyPast(`${workload} ${usage.container}`, usage, resource))
    .filter(({ samples }) => samples > 0);
}

/** The cluster of a configuration, or one made of flags; only the namespaces that are needed. */
async function clusterOf(flags: ClusterFlags): Promise<ClusterConfig> {
  const { config, cluster: name, namespace, workload } = flags;
  const { clusters } =
    config === undefined
      ? configSchema.parse({ version: 1, clusters: [{ name: "cluster", ...sourceOf(flags) }] })
      : await loadConfig(config);
  const names = clusters.map((one) => one.name).join(", ");
  if (clusters.length > 1 && name === undefined)
    throw new InputError(`which cluster? Give --cluster, one of: ${names}`);
  const found = clusters.find((one) => one.name === (name ?? one.name));
  if (!found) throw new InputError(`--cluster ${name}: the configuration has ${names}`);
  return { ...found, namespaces: [...(namespace ?? workload?.map(namespaceOf) ?? found.namespaces)] };
}

function sourceOf({ prometheus = "", metricsFile }: ClusterFlags): object {
  if (metricsFile !== undefined) return { metricsFile };
  if (!/^https?:$/.test(URL.parse(prometheus)?.protocol ?? ""))
    throw new InputError(`--prometheus ${prometheus}: is no http or https address`);
  return { prometheus: { url: prometheus } };
}

function namespaceOf(workload: string): string {
  const id = parseWorkloadKey(workload);
  if (!id)
    throw new InputError(`--workload ${workload}: write Kind/namespace/name, such as Deployment/shop/api`);
  return id.namespace;
}
