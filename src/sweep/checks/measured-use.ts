import type { ContainerPair } from "../../checks/pair.ts";
import type { MeasuredUse } from "../../checks/usage-findings.ts";
import type { Window } from "../../domain/duration.ts";
import { RESOURCE_NAMES, type ResourceName } from "../../domain/resources.ts";
import { type Workload, workloadKey } from "../../domain/workload.ts";
import { Locator } from "../../gitops/locate.ts";
import type { RepositoryScan } from "../../gitops/scan-repository.ts";
import type { ScannedContainer } from "../../gitops/scan.ts";
import { observeUsage } from "../../usage/observe.ts";
import { summarize } from "../../usage/usage-summary.ts";
import type { WorkloadUsage } from "../../usage/usage.ts";
import type { ClusterSources } from "../advise-cluster.ts";

type Uses = Map<ContainerPair, MeasuredUse>;

/**
 * What the containers of a change used in a cluster, by where the changed tree declares them: nothing is said of
 * one that several manifests declare, or that names no namespace while several of its name run. Only the
 * namespaces that the change touches are read.
 */
export async function measuredUse(
  cluster: ClusterSources,
  window: Window,
  pairs: readonly ContainerPair[],
  after: RepositoryScan,
  warn: (warning: string) => void,
): Promise<Uses> {
  const pairOf = new Map(pairs.flatMap((pair) => (pair.after ? [[pair.after, pair] as const] : [])));
  const uses: Uses = new Map();
  if (pairOf.size === 0) return uses;
  const { workloads, warnings } = await cluster.inventory.discover(cluster.selection);
  warnings.forEach(warn);
  const running = runningOf(workloads, new Locator([{ scan: after }]));
  const concerned = [...pairOf.keys()].flatMap((at) => {
    const found = running.get(at) ?? [];
    return found.length === 1 ? found.map((workload) => ({ at, workload })) : [];
  });
  const namespaces = new Set(concerned.map(({ workload }) => workload.namespace));
  const told = await observeUsage(
    cluster,
    // Days of a namespace are kept whole, whoever reads them.
    workloads.filter(({ namespace }) => namespaces.has(namespace)),
    window,
    (namespace, usages) => {
      for (const { at, workload } of concerned) {
        const pair = pairOf.get(at);
        const used = workload.namespace === namespace && usages.get(workloadKey(workload));
        if (pair && used) uses.set(pair, useOf(used, at.container));
      }
    },
  );
  told.forEach(warn);
  return uses;
}

/** What was used where it was used most: a value has to do in all clusters. */
export function most(uses: readonly Uses[]): Uses {
  const merged: Uses = new Map();
  for (const [pair, used] of uses.flatMap((one) => [...one])) {
    const known = merged.get(pair);
    merged.set(
      pair,
      known ? { cpu: larger(known.cpu, used.cpu), memory: larger(known.memory, used.memory) } : used,
    );
  }
  return merged;
}

function larger(a: MeasuredUse[ResourceName], b: MeasuredUse[ResourceName]): MeasuredUse[ResourceName] {
  if (!a || !b) return a ?? b;
  return { p95: Math.max(a.p95, b.p95), max: Math.max(a.max, b.max) };
}

/** The workloads of a cluster, by the containers of the tree that declare them. */
function runningOf(workloads: readonly Workload[], locator: Locator): Map<ScannedContainer, Workload[]> {
  const running = new Map<ScannedContainer, Workload[]>();
  for (const workload of workloads)
    for (const container of workload.containers) {
      const location = locator.locate(workload, container);
      if ("at" in location) running.set(location.at, [...(running.get(location.at) ?? []), workload]);
    }
  return running;
}

function useOf({ containers }: WorkloadUsage, name: string): MeasuredUse {
  const used = containers.find(({ container }) => container === name);
  return Object.fromEntries(
    RESOURCE_NAMES.map((resource) => [resource, used && summarize(used, resource, [])]),
  );
}
