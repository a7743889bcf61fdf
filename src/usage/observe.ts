import pLimit from "p-limit";
import type { Window } from "../domain/duration.ts";
import { type Workload, workloadKey } from "../domain/workload.ts";
import { workloadOfPod } from "../metrics/owners.ts";
import { inShards, QueryLimitError } from "../metrics/query-limit-error.ts";
import { readOwners } from "../metrics/read-owners.ts";
import type { Series, SeriesQuery, SeriesSource } from "../metrics/series-source.ts";
import { usageByWorkload } from "./usage-by-workload.ts";
import type { WorkloadUsage } from "./usage.ts";

export interface ObserveOptions {
  /** Between two points, 300 s. */
  readonly stepSeconds?: number;
  /** Told after each namespace how many of them are done. */
  readonly progress?: (namespace: string, done: number, of: number) => void;
}

export interface ObservedUsage {
  /** By {@link workloadKey}; a workload that was not seen has no containers in it. */
  readonly workloads: ReadonlyMap<string, WorkloadUsage>;
  readonly warnings: readonly string[];
}

/** Namespaces that are read at once; the source limits its queries besides. */
const NAMESPACES_AT_ONCE = 4;

/**
 * What the containers of these workloads used in the window. Costs three queries for all and two a namespace,
 * more where the server's limits answer. Rejects as {@link SeriesSource} says.
 */
export async function observeUsage(
  source: SeriesSource,
  workloads: readonly Workload[],
  window: Window,
  { stepSeconds = 300, progress }: ObserveOptions = {},
): Promise<ObservedUsage> {
  const keys = new Set(workloads.map(workloadKey));
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))].sort();
  const links = namespaces.length === 0 ? NO_LINKS : await readOwners(source, namespaces, window);
  const owner = workloadOfPod(links, (id) => keys.has(workloadKey(id)));

  const usage = new Map([...keys].map((key): [string, WorkloadUsage] => [key, { containers: [] }]));
  let done = 0;
  await pLimit(NAMESPACES_AT_ONCE).map(namespaces, async (namespace) => {
    const { cpu, memory } = await readNamespace(source, namespace, window, stepSeconds);
    for (const [key, found] of usageByWorkload(namespace, cpu, memory, owner))
      if (keys.has(key)) usage.set(key, found);
    done += 1;
    progress?.(namespace, done, namespaces.length);
  });
  const ownersUnknown = namespaces.length > 0 && links.pods.length === 0;
  return { workloads: usage, warnings: ownersUnknown ? [BY_NAME] : [] };
}

const BY_NAME =
  "no kube_pod_owner in these namespaces (is kube-state-metrics scraped?): pods are matched to workloads by their names";

const NO_LINKS = { pods: [], replicaSets: [], jobs: [] };

async function readNamespace(
  source: SeriesSource,
  namespace: string,
  window: Window,
  stepSeconds: number,
): Promise<{ cpu: Series[]; memory: Series[] }> {
  const query = (metric: string): SeriesQuery => ({
    metric,
    window,
    by: ["pod", "container", "job"],
    matchers: [
      { label: "namespace", is: namespace },
      { label: "container", not: "" },
      { label: "container", not: "POD" },
    ],
  });
  const [cpu, memory] = await Promise.all([
    inPods(source, query("container_cpu_usage_seconds_total"), (one) => source.rate(one, stepSeconds)),
    inPods(source, query("container_memory_working_set_bytes"), (one) => source.gauge(one, stepSeconds)),
  ]);
  return { cpu, memory };
}

/** Asks for the whole namespace, and for shards of its pods where that is too much. */
async function inPods(
  source: SeriesSource,
  query: SeriesQuery,
  ask: (query: SeriesQuery) => Promise<Series[]>,
): Promise<Series[]> {
  try {
    return await ask(query);
  } catch (error) {
    if (!(error instanceof QueryLimitError)) throw error;
    const pods = await source.last({ ...query, by: ["pod"] });
    const names = pods.map(({ labels }) => labels["pod"] ?? "").sort();
    return inShards(names, (shard) =>
      ask({ ...query, matchers: [...query.matchers, { label: "pod", in: shard }] }),
    );
  }
}
