import path from "node:path";
import { printable } from "../report/printable.ts";
import type { ContainerPair } from "../checks/pair.ts";
import type { MeasuredUse } from "../checks/usage-findings.ts";
import type { RepositoryScan } from "../gitops/scan-repository.ts";
import { measuredUse } from "../sweep/checks/measured-use.ts";
import { openCluster } from "../sweep/open/open-cluster.ts";
import { openStore } from "../sweep/open/open-store.ts";
import { windowEnding } from "../sweep/policy.ts";
import { type ClusterOptions, configurationOf } from "./cluster-options.ts";
import type { Progress } from "./progress.ts";

/** What the containers of a change used in a cluster; `undefined` where the flags name nowhere to read it. */
export async function usageOfScanned(
  pairs: readonly ContainerPair[],
  after: RepositoryScan,
  options: ClusterOptions,
  progress: Progress,
): Promise<ReadonlyMap<ContainerPair, MeasuredUse> | undefined> {
  const { prometheus, metricsFile, config: file } = options;
  if ([prometheus, metricsFile, file].every((one) => one === undefined)) return undefined;
  if (pairs.length === 0) return new Map();
  const { config, cluster } = await configurationOf(options);
  const warn = (warning: string): void => void process.stderr.write(`loadline: ${printable(warning)}\n`);
  const window = windowEnding(Date.now(), config.policy.window);
  const folder = file === undefined ? process.cwd() : path.dirname(path.resolve(file));
  await using store = await openStore(config.store, folder, warn);
  await using sources = await openCluster(cluster, { folder, window, store, warn, asOfFile: true });
  progress.step(`${cluster.name}: reading usage`);
  return await measuredUse(sources, sources.window, pairs, after, warn);
}
