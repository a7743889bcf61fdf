import path from "node:path";
import { DailyPast } from "../backtest/daily-past.ts";
import type { Past } from "../backtest/past.ts";
import { InputError } from "../domain/input-error.ts";
import type { ResourceName } from "../domain/resources.ts";
import { parseWorkloadKey } from "../domain/workload.ts";
import { observeContainers } from "../sweep/observe-containers.ts";
import { windowEnding } from "../sweep/policy.ts";
import { configurationOf, type MeasuredOptions } from "./cluster-options.ts";

/** Which containers' use is replayed. */
export interface PastOptions extends MeasuredOptions {
  readonly workload?: readonly string[];
  readonly window: string;
}

/** One past for each container of the workloads that are asked for, in whole UTC days. */
export async function clusterPasts(
  options: PastOptions,
  resource: ResourceName,
  progress: (step: string) => void,
  signal: AbortSignal,
): Promise<Past[]> {
  const { workload: only, window, namespace = only?.map(namespaceOf), ...measured } = options;
  const { cluster } = await configurationOf({ ...measured, ...(namespace ? { namespace } : {}) });
  const observed = await observeContainers(cluster, {
    folder: options.config === undefined ? process.cwd() : path.dirname(path.resolve(options.config)),
    window: windowEnding(Date.now(), window),
    only,
    warn: (warning) => process.stderr.write(`loadline: warning: ${warning}\n`),
    progress,
    signal,
  });
  return observed
    .map(({ workload, usage }) => new DailyPast(`${workload} ${usage.container}`, usage, resource))
    .filter(({ samples }) => samples > 0);
}

function namespaceOf(workload: string): string {
  const id = parseWorkloadKey(workload);
  if (!id)
    throw new InputError(`--workload ${workload}: write Kind/namespace/name, such as Deployment/shop/api`);
  return id.namespace;
}
