import path from "node:path";
import { printable } from "../report/printable.ts";
import type { ContainerPair } from "../checks/pair.ts";
import type { MeasuredUse } from "../checks/usage-findings.ts";
import { type AdvisedContainer, adviseCluster } from "../sweep/advise-cluster.ts";
import { openCluster } from "../sweep/open-cluster.ts";
import { openStore } from "../sweep/open-store.ts";
import { policiesOf, windowEnding } from "../sweep/policy.ts";
import { type ClusterOptions, configurationOf } from "./cluster-options.ts";
import type { Progress } from "./progress.ts";

/**
 * What the containers of a repository used in a cluster; `undefined` where the flags name nowhere to read it.
 * Manifests that name no namespace are matched where only one workload has their kind and name.
 */
export async function usageOfScanned(
  pairs: readonly ContainerPair[],
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
  await using sources = await openCluster(cluster, { folder, window, store, warn });
  const { containers, warnings } = await adviseCluster(sources, window, policiesOf(config), progress.step);
  for (const warning of warnings) warn(warning);
  const byName = Map.groupBy(containers, ({ workload, container }) =>
    nameKey(workload.kind, workload.name, container.name),
  );
  return new Map(
    pairs.flatMap((pair): [ContainerPair, MeasuredUse][] => {
      const at = pair.after ?? pair.before;
      const named = byName.get(nameKey(at.kind, at.workload, at.container)) ?? [];
      const found = ofNamespace(named, at.namespace);
      return found ? [[pair, found.usage]] : [];
    }),
  );
}

function ofNamespace(
  named: readonly AdvisedContainer[],
  namespace: string | undefined,
): AdvisedContainer | undefined {
  if (namespace === undefined) return named.length === 1 ? named[0] : undefined;
  return named.find(({ workload }) => workload.namespace === namespace);
}

function nameKey(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
