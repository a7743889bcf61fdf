import type { Window } from "../domain/duration.ts";
import { workloadKey } from "../domain/workload.ts";
import type { WorkloadOfPod } from "../metrics/owners.ts";
import type { Series } from "../metrics/series-source.ts";
import { exactDistribution } from "./distribution.ts";
import { type Samples, withoutDuplicates } from "./duplicate-jobs.ts";
import type { ContainerUsage, WorkloadUsage } from "./usage.ts";

/**
 * The series of one namespace, each of a pod, a container and a scrape job, as usage of workloads by
 * {@link workloadKey}. What belongs to none is left out.
 */
export function usageByWorkload(
  namespace: string,
  cpu: readonly Series[],
  memory: readonly Series[],
  owner: WorkloadOfPod,
): Map<string, WorkloadUsage> {
  const place = ({ labels }: Series): string => {
    const id = owner(namespace, labels["pod"] ?? "");
    return id === undefined ? "" : workloadKey(id);
  };
  const cpuOf = Map.groupBy(cpu, place);
  const memoryOf = Map.groupBy(memory, place);
  const keys = new Set([...cpuOf.keys(), ...memoryOf.keys()].filter((key) => key !== ""));
  return new Map(
    [...keys].map((key) => [
      key,
      { containers: containersOf(cpuOf.get(key) ?? [], memoryOf.get(key) ?? []) },
    ]),
  );
}

function containersOf(cpu: readonly Series[], memory: readonly Series[]): ContainerUsage[] {
  const name = ({ labels }: Series): string => labels["container"] ?? "";
  const cpuOf = Map.groupBy(cpu, name);
  const memoryOf = Map.groupBy(memory, name);
  return [...new Set([...cpuOf.keys(), ...memoryOf.keys()])].sort().map((container) => {
    const cores = byPod(cpuOf.get(container) ?? []);
    const bytes = byPod(memoryOf.get(container) ?? []);
    return {
      container,
      cpu: exactDistribution(valuesOf([...cores.values()])),
      memory: exactDistribution(valuesOf([...bytes.values()])),
      pods: new Set([...cores.keys(), ...bytes.keys()]).size,
      seen: spanOf([...cores.values(), ...bytes.values()]),
    };
  });
}

function byPod(series: readonly Series[]): Map<string, Samples> {
  const pods = Map.groupBy(series, ({ labels }) => labels["pod"] ?? "");
  return new Map([...pods].map(([pod, jobs]) => [pod, withoutDuplicates(jobs)]));
}

function* valuesOf(pods: readonly Samples[]): Generator<number> {
  for (const { values } of pods) yield* values;
}

function spanOf(pods: readonly Samples[]): Window | undefined {
  const starts = pods.flatMap(({ timesMs }) => timesMs.at(0) ?? []);
  const ends = pods.flatMap(({ timesMs }) => timesMs.at(-1) ?? []);
  return starts.length === 0 ? undefined : { startMs: Math.min(...starts), endMs: Math.max(...ends) };
}
