import type { Window } from "../../src/domain/duration.ts";
import { type Workload, workloadKey } from "../../src/domain/workload.ts";
import { openMetricsLines } from "./usage-exposition.ts";
import {
  type GeneratedContainer,
  type GeneratedWorkload,
  type GeneratorOptions,
  imageOf,
  type Plan,
  planOf,
  type PodLife,
  useOf,
} from "./usage-plan.ts";

export type { GeneratedContainer, GeneratedWorkload, GeneratorOptions } from "./usage-plan.ts";

export interface ContainerTruth {
  /** What a query at a step of five minutes must give, over all pods; no order. */
  readonly cores: readonly number[];
  readonly bytes: readonly number[];
  readonly pods: number;
}

export interface GeneratedUsage {
  readonly window: Window;
  /** What an inventory must find at the window's end. */
  readonly workloads: readonly Workload[];
  /** By {@link workloadKey}, then by container; of vanished workloads too. */
  readonly truth: ReadonlyMap<string, ReadonlyMap<string, ContainerTruth>>;
  /** OpenMetrics text, line by line, ended by `# EOF`. */
  lines(): Iterable<string>;
}

/**
 * A cluster with known use: cAdvisor's and kube-state-metrics' series over a window, and the truth that
 * queries over them must give. The same seed gives the same text.
 */
export function generateUsage(
  workloads: readonly GeneratedWorkload[],
  options: GeneratorOptions,
): GeneratedUsage {
  const plan = planOf(workloads, options);
  return {
    window: options.window,
    workloads: workloads.filter(({ gone = false }) => !gone).map(inventoryOf),
    truth: truthOf(plan),
    lines: () => openMetricsLines(plan),
  };
}

function truthOf(plan: Plan): Map<string, Map<string, ContainerTruth>> {
  const byWorkload = Map.groupBy(plan.pods, ({ workload }) => workloadKey(workload));
  return new Map(
    [...byWorkload].map(([key, pods]) => {
      const containers = pods[0]?.workload.containers ?? [];
      return [key, new Map(containers.map((container) => [container.name, truth(plan, pods, container)]))];
    }),
  );
}

function truth(plan: Plan, pods: readonly PodLife[], container: GeneratedContainer): ContainerTruth {
  const uses = pods.flatMap((pod) =>
    // The grid point of the last cell is the window's end, which is excluded.
    Array.from({ length: Math.min(pod.toCell, plan.cells - 1) - pod.fromCell }, (_, index) =>
      useOf(plan, pod, container, pod.fromCell + index),
    ),
  );
  const scraped = uses.filter((use) => use.scraped);
  return {
    cores: scraped.map((use) => use.cores),
    bytes: scraped.filter((use) => !use.memoryIsNan).map((use) => use.bytes),
    pods: new Set(pods.map((pod) => pod.name)).size,
  };
}

function inventoryOf(workload: GeneratedWorkload): Workload {
  const { namespace, kind, name, replicas = 1, labels = {}, autoscaler } = workload;
  return {
    namespace,
    kind,
    name,
    labels,
    annotations: {},
    ...(kind === "Job" || kind === "CronJob" ? {} : { replicas }),
    containers: workload.containers.map((container) => ({
      name: container.name,
      role: container.role ?? "main",
      image: imageOf(container),
      resources: container.resources,
    })),
    autoscalers: autoscaler === undefined ? [] : [autoscaler],
  };
}
