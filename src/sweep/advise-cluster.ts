import { advise, type Advice } from "../advice/advise.ts";
import type { Policy } from "../advice/policy.ts";
import type { Window } from "../domain/duration.ts";
import { InputError } from "../domain/input-error.ts";
import { type Container, type Workload, workloadKey } from "../domain/workload.ts";
import type { Inventory, WorkloadSelection } from "../inventory/inventory.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import { observeUsage } from "../usage/observe.ts";
import type { ContainerUsage } from "../usage/usage.ts";

/** A cluster, and how it is looked at. */
export interface ClusterSources {
  readonly name: string;
  readonly inventory: Inventory;
  readonly metrics: SeriesSource;
  readonly selection: WorkloadSelection;
}

/** A container that runs, what it used, and what it should ask for. */
export interface AdvisedContainer {
  readonly cluster: string;
  readonly workload: Workload;
  readonly container: Container;
  readonly usage: ContainerUsage | undefined;
  readonly advice: Advice;
}

export interface AdvisedCluster {
  readonly containers: readonly AdvisedContainer[];
  readonly warnings: readonly string[];
}

/** discover → observe → advise, for one cluster. */
export async function adviseCluster(
  cluster: ClusterSources,
  window: Window,
  policy: Policy,
  progress: (step: string) => void,
): Promise<AdvisedCluster> {
  progress(`${cluster.name}: looking for workloads`);
  const { workloads, warnings } = await cluster.inventory.discover(cluster.selection);
  if (workloads.length === 0) throw new InputError(nothingFound(cluster));
  const usage = await observeUsage(cluster.metrics, workloads, window, {
    progress: (namespace, done, of) =>
      progress(`${cluster.name}: reading usage of ${namespace} (${done} of ${of})`),
  });
  const containers = workloads.flatMap((workload) => {
    const measured = usage.workloads.get(workloadKey(workload));
    return workload.containers.map((container): AdvisedContainer => {
      const used = measured?.containers.find((one) => one.container === container.name);
      const advice = advise(container, workload.autoscalers, used, window, policy);
      return { cluster: cluster.name, workload, container, usage: used, advice };
    });
  });
  return { containers, warnings: [...warnings, ...usage.warnings] };
}

function nothingFound({ name, selection }: ClusterSources): string {
  const narrowed = selection.namespaces.length > 0 || Object.keys(selection.labels).length > 0;
  return narrowed
    ? `cluster ${name}: no workload matches --namespace and --selector`
    : `cluster ${name}: no workloads were found; is it empty, or is this Prometheus without kube-state-metrics? (--inventory kubernetes reads the Kubernetes API instead)`;
}
