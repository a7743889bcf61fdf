import type { Window } from "../domain/duration.ts";
import { type Container, type Workload, workloadKey } from "../domain/workload.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import type { Discovery, Inventory } from "./inventory.ts";
import { readAutoscalers } from "./metrics-autoscalers.ts";
import { readContainers } from "./metrics-containers.ts";
import { type LiveWorkload, readWorkloads } from "./metrics-workloads.ts";

/** What was scraped so shortly before the window's end is there at its end: a few lost scrapes are forgiven. */
const NOW_MS = 15 * 60_000;

/**
 * Workloads as kube-state-metrics told Prometheus of them, with no access to the cluster: those that are there
 * at the window's end, with the containers of their newest pods. Containers of a workload without pods now (a
 * CronJob between runs) are those of its last pods in the window; with none at all it is left out, with a
 * warning. Labels are known only of the selection, annotations not at all.
 */
export function metricsInventory(source: SeriesSource, window: Window): Inventory {
  const now = { startMs: Math.max(window.startMs, window.endMs - NOW_MS), endMs: window.endMs };
  return {
    async discover(selection) {
      const { live, warnings } = await readWorkloads(source, selection, now);
      if (live.length === 0) return { workloads: [], warnings };
      const [autoscalers, containers] = await Promise.all([
        readAutoscalers(source, namespacesOf(live), now),
        containersOf(source, live, [now, window]),
      ]);
      const workloads = live.flatMap((one): Workload[] => {
        const key = workloadKey(one);
        const own = containers.get(key);
        if (own === undefined) return [];
        return [{ ...one, annotations: {}, containers: own, autoscalers: autoscalers.get(key) ?? [] }];
      });
      return discovery(live, workloads, warnings);
    },
  };
}

/** The containers by workload, looked for in each span in turn by those that have none yet. */
async function containersOf(
  source: SeriesSource,
  live: readonly LiveWorkload[],
  spans: readonly Window[],
): Promise<ReadonlyMap<string, readonly Container[]>> {
  const found = new Map<string, readonly Container[]>();
  for (const span of spans) {
    const missing = live.filter((one) => !found.has(workloadKey(one)));
    for (const [key, containers] of await readContainers(source, namespacesOf(missing), missing, span))
      found.set(key, containers);
  }
  return found;
}

/** Named even where all are selected, so that what is too much at once can be asked for in shards. */
function namespacesOf(workloads: readonly LiveWorkload[]): string[] {
  return [...new Set(workloads.map(({ namespace }) => namespace))];
}

function discovery(
  live: readonly LiveWorkload[],
  workloads: readonly Workload[],
  warnings: readonly string[],
): Discovery {
  const described = new Set(workloads.map(workloadKey));
  const bare = live.map(workloadKey).filter((key) => !described.has(key));
  return { workloads, warnings: bare.length === 0 ? warnings : [...warnings, withoutPods(bare)] };
}

function withoutPods(keys: readonly string[]): string {
  const some = keys.slice(0, 5).join(", ") + (keys.length > 5 ? ", …" : "");
  return `${keys.length} workloads had no pod in the window, so that their containers are unknown: ${some}`;
}
