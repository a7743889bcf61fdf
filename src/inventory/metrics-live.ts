import { workloadKey } from "../domain/workload.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import type { LiveWorkloads } from "./live-workloads.ts";
import { metricsInventory } from "./metrics.ts";

/** Pods that are not there now say nothing of now. */
const WINDOW_MS = 3_600_000;

/** By kube-state-metrics' series: the amounts of the newest pods. What is not there may only not be scraped. */
export function metricsLive(source: SeriesSource, now: () => number): LiveWorkloads {
  return {
    async look(ids) {
      const endMs = now();
      const namespaces = [...new Set(ids.map(({ namespace }) => namespace))];
      const { workloads } = await metricsInventory(source, {
        startMs: endMs - WINDOW_MS,
        endMs,
      }).discover({ namespaces, labels: {} });
      const found = new Map(workloads.map((workload) => [workloadKey(workload), workload]));
      return new Map(
        ids.map(workloadKey).map((key) => {
          const workload = found.get(key);
          return [key, workload ? { status: "there", workload } : { status: "unknown" }] as const;
        }),
      );
    },
  };
}
