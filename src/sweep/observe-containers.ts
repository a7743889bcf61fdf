import type { ClusterConfig } from "../config/schema.ts";
import type { Window } from "../domain/duration.ts";
import { InputError } from "../domain/input-error.ts";
import { type Workload, workloadKey } from "../domain/workload.ts";
import { observeUsage } from "../usage/observe.ts";
import { noStore } from "../usage/store/no-store.ts";
import { type ContainerUsage, DAY_MS } from "../usage/usage.ts";
import { openCluster } from "./open/open-cluster.ts";

/** A container of a workload, and what it used. */
export interface ObservedContainer {
  /** `Deployment/shop/api`. */
  readonly workload: string;
  readonly usage: ContainerUsage;
}

export interface ObserveOptions {
  /** Files of the configuration are relative to it. */
  readonly folder: string;
  /** From the midnight (UTC) before its start. */
  readonly window: Window;
  /** `Deployment/shop/api`; left out, all that the cluster's configuration selects. */
  readonly only?: readonly string[] | undefined;
  readonly warn: (warning: string) => void;
  readonly progress: (step: string) => void;
  /** Ends the reading, with its reason. */
  readonly signal: AbortSignal;
}

/** What every container used, day by day, with nothing kept; in the order of the workloads' names. */
export async function observeContainers(
  cluster: ClusterConfig,
  { window: { startMs, endMs }, only, warn, progress, ...rest }: ObserveOptions,
): Promise<ObservedContainer[]> {
  await using sources = await openCluster(cluster, {
    ...rest,
    window: { startMs: Math.floor(startMs / DAY_MS) * DAY_MS, endMs },
    store: noStore(),
    warn,
    asOfFile: true,
  });
  progress("looking for workloads");
  const { workloads, warnings } = await sources.inventory.discover(sources.selection);
  const chosen = workloads.filter((one) => only?.includes(workloadKey(one)) ?? true);
  if (chosen.length === 0) throw new InputError(nothingFound(workloads, only, warnings));
  const keys = new Set(chosen.map(workloadKey));
  const namespaces = new Set(chosen.map(({ namespace }) => namespace));
  // A pod's name may be that of several workloads: all of a namespace have to be known.
  const known = workloads.filter(({ namespace }) => namespaces.has(namespace));
  const observed: ObservedContainer[] = [];
  const told = await observeUsage(sources, known, sources.window, (namespace, usages) => {
    progress(`reading usage of ${namespace}`);
    for (const [workload, { containers }] of usages)
      if (keys.has(workload)) observed.push(...containers.map((usage) => ({ workload, usage })));
  });
  // Namespaces that nobody waited for are no warning.
  rest.signal.throwIfAborted();
  for (const warning of [...warnings, ...told]) warn(warning);
  return observed.sort((a, b) => (a.workload < b.workload ? -1 : a.workload > b.workload ? 1 : 0));
}

function nothingFound(
  workloads: readonly Workload[],
  only: readonly string[] | undefined,
  why: readonly string[],
): string {
  const there = workloads.slice(0, 10).map(workloadKey).join(", ");
  return only && there !== ""
    ? `--workload ${only.join(" ")}: is not there; there is ${there}`
    : ["no workloads were found; is --namespace right?", ...why].join(" ");
}
