import type { Window } from "../domain/duration.ts";
import { type Container, type Workload, workloadKey } from "../domain/workload.ts";
import { QueryLimitError } from "../metrics/query-limit-error.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import type { Inventory } from "./inventory.ts";
import { AUTOSCALERS, autoscalersByWorkload, verticalsByWorkload } from "./metrics-autoscalers.ts";
import { CONTAINERS, OWNERS, containersByPod, newestPods } from "./metrics-containers.ts";
import { type State, readState } from "./metrics-state.ts";
import { BOUNDS, containerRanges, quotas, readNodes } from "./metrics-surroundings.ts";
import {
  type LiveWorkload,
  UPDATES,
  WORKLOADS,
  labelled,
  whyNothing,
  workloadsIn,
} from "./metrics-workloads.ts";

/** What was scraped so shortly before the window's end is there at its end: a few lost scrapes are forgiven. */
const NOW_MS = 15 * 60_000;

const OBJECTS = { ...WORKLOADS, ...UPDATES, ...OWNERS, ...CONTAINERS, ...AUTOSCALERS, ...BOUNDS };

/**
 * Workloads as kube-state-metrics told Prometheus of them, with no access to the cluster: those that are there
 * at the window's end, with the containers of their newest pods. Containers of a workload without pods now (a
 * CronJob between runs) are those of its last pods in the window; with none at all it is left out, with a
 * warning. Labels are known only of the selection, annotations and heaps not at all. Costs ten requests,
 * and two more for workloads without pods, where the server's limits allow.
 */
export function metricsInventory(source: SeriesSource, window: Window): Inventory {
  const now = { startMs: Math.max(window.startMs, window.endMs - NOW_MS), endMs: window.endMs };
  return {
    async discover(selection) {
      const [objects, { nodes, warnings: unseen }] = await Promise.all([
        inPieces(source, selection.namespaces, now, (namespaces) =>
          readState(source, namespaces, now, OBJECTS),
        ),
        readNodes(source, now),
      ]);
      const all = workloadsIn(objects);
      if (all.length === 0) return { workloads: [], warnings: [await whyNothing(source, now)] };
      const { live, warnings } = await labelled(source, now, all, selection);
      const containers = new Map(containersOf(live, objects, objects));
      const missing = live.filter((one) => !containers.has(workloadKey(one)));
      for (const [key, own] of await earlierContainers(source, missing, window)) containers.set(key, own);

      const autoscalers = autoscalersByWorkload(objects);
      const verticals = verticalsByWorkload(objects);
      const workloads = live.flatMap((one): Workload[] => {
        const key = workloadKey(one);
        const own = containers.get(key);
        if (own === undefined) return [];
        const vertical = verticals.get(key);
        return [
          {
            ...one,
            annotations: {},
            containers: own,
            autoscalers: autoscalers.get(key) ?? [],
            ...(vertical === undefined ? {} : { verticalAutoscaler: vertical }),
          },
        ];
      });
      const bare = missing.map(workloadKey).filter((key) => !containers.has(key));
      return {
        workloads,
        warnings: [...warnings, ...unseen, ...withoutPods(bare)],
        surroundings: { nodes, containerRanges: containerRanges(objects), quotas: quotas(objects) },
      };
    },
  };
}

/** All namespaces at once where none is named; named, and so in shards, where that is too much. */
async function inPieces<Answer>(
  source: SeriesSource,
  namespaces: readonly string[],
  now: Window,
  read: (namespaces: readonly string[]) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await read(namespaces);
  } catch (error) {
    if (!(error instanceof QueryLimitError) || namespaces.length > 0) throw error;
    const metrics = [...Object.values(WORKLOADS), OWNERS.setOwners];
    const queries = Object.fromEntries(metrics.map(({ metric }) => [metric, { metric, by: [] }]));
    const there = await readState<string>(source, [], now, queries);
    const samples = Object.keys(queries).flatMap((name) => there(name));
    return await read(namespacesOf(samples.map(({ labels }) => ({ namespace: labels["namespace"] ?? "" }))));
  }
}

/** The containers of each workload's newest pod, by workload. */
function containersOf(
  live: readonly LiveWorkload[],
  owners: State<keyof typeof OWNERS>,
  pods: State<keyof typeof CONTAINERS>,
): [key: string, containers: readonly Container[]][] {
  const byPod = containersByPod(pods);
  return [...newestPods(owners, live)].flatMap(([key, pod]) => {
    const containers = byPod.get(pod);
    return containers === undefined ? [] : [[key, containers]];
  });
}

/** A query names so many pods at the most. */
const MOST_PODS = 500;

/** What the pods held that these workloads had last, if at all in the window. */
async function earlierContainers(
  source: SeriesSource,
  workloads: readonly LiveWorkload[],
  window: Window,
): Promise<[key: string, containers: readonly Container[]][]> {
  if (workloads.length === 0) return [];
  const namespaces = namespacesOf(workloads);
  const owners = await readState(source, namespaces, window, OWNERS, { joinMany: true });
  const pods = [...newestPods(owners, workloads).values()].map((pod) => pod.slice(pod.indexOf("/") + 1));
  if (pods.length === 0) return [];
  const matchers = pods.length > MOST_PODS ? [] : [{ label: "pod", in: pods }];
  const found = await readState(source, namespaces, window, CONTAINERS, { matchers, joinMany: true });
  return containersOf(workloads, owners, found);
}

function namespacesOf(objects: readonly Pick<LiveWorkload, "namespace">[]): string[] {
  return [...new Set(objects.map(({ namespace }) => namespace))].sort();
}

function withoutPods(keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  const some = keys.slice(0, 5).join(", ") + (keys.length > 5 ? ", …" : "");
  return [`${keys.length} workloads had no pod in the window, so that their containers are unknown: ${some}`];
}
