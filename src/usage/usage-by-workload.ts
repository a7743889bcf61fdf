import { type WorkloadId, workloadKey } from "../domain/workload.ts";
import type { ContainerDay, WorkloadUsage } from "./usage.ts";

/** Days of one namespace as usage of workloads by {@link workloadKey}; what belongs to none is left out. */
export function usageByWorkload(
  days: readonly ContainerDay[],
  workloadOf: (day: ContainerDay) => WorkloadId | undefined,
): Map<string, WorkloadUsage> {
  const byWorkload = Map.groupBy(days, (day) => {
    const id = workloadOf(day);
    return id === undefined ? "" : workloadKey(id);
  });
  byWorkload.delete("");
  return new Map([...byWorkload].map(([key, own]) => [key, { containers: containersOf(own) }]));
}

function containersOf(days: readonly ContainerDay[]): WorkloadUsage["containers"] {
  return [...Map.groupBy(days, ({ container }) => container)]
    .map(([container, own]) => ({ container, days: own.toSorted((a, b) => a.day - b.day) }))
    .sort((a, b) => (a.container < b.container ? -1 : 1));
}
