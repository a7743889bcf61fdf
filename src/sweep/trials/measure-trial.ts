import type { ClusterConfig } from "../../config/schema.ts";
import type { Window } from "../../domain/duration.ts";
import type { SeriesSource } from "../../metrics/series-source.ts";
import { type TrialSeen, type UseSeen, useOf } from "../../trial/seen.ts";
import { namespaceOf, type Trial } from "../../trial/trial.ts";
import { noStore } from "../../usage/store/no-store.ts";
import { openCluster } from "../open/open-cluster.ts";

/** What is told of a trial that goes on changes this often. */
const TELL_EVERY_MS = 600_000;

const STEP_SECONDS = 30;
const SPAN_SECONDS = 300;

/** The time of a trial that is told of now; `undefined` where it is too short. */
export function toldWindow({ resizedAt, ended }: Trial, nowMs: number): Window | undefined {
  if (resizedAt === undefined) return undefined;
  const startMs = Date.parse(resizedAt);
  const sinceMs = (ended ? Date.parse(ended.at) : nowMs) - startMs;
  const lengthMs = ended ? sinceMs : Math.floor(sinceMs / TELL_EVERY_MS) * TELL_EVERY_MS;
  return lengthMs < STEP_SECONDS * 1000 ? undefined : { startMs, endMs: startMs + lengthMs };
}

/** What the pod used in that time and as long before; `undefined` where the cluster's metrics know no pods. */
export async function measureTrial(
  cluster: ClusterConfig,
  trial: Trial,
  window: Window,
  folder: string,
  warn: (warning: string) => void,
): Promise<TrialSeen | undefined> {
  await using sources = await openCluster(cluster, { folder, window, store: noStore(), warn });
  const { owners: series } = sources;
  if (!series) return undefined;
  const lengthMs = window.endMs - window.startMs;
  const earlier = { startMs: window.startMs - lengthMs, endMs: window.startMs };
  const containers: TrialSeen["containers"][number][] = [];
  for (const { name } of trial.containers)
    containers.push({
      name,
      before: await useIn(series, trial, name, earlier),
      during: await useIn(series, trial, name, window),
    });
  return { seconds: Math.round(lengthMs / 1000), containers };
}

async function useIn(
  series: SeriesSource,
  trial: Trial,
  container: string,
  window: Window,
): Promise<UseSeen> {
  const by = ["pod", "container"];
  const query = (metric: string) => ({
    metric,
    matchers: [
      { label: "namespace", is: namespaceOf(trial) },
      { label: "pod", is: trial.pod.name },
      { label: "container", is: container },
    ],
    window,
    by,
  });
  const [cpu, memory, throttled, periods] = await Promise.all([
    series.rate(query("container_cpu_usage_seconds_total"), STEP_SECONDS),
    series.gauge(query("container_memory_working_set_bytes"), STEP_SECONDS),
    series.increase(query("container_cpu_cfs_throttled_periods_total"), SPAN_SECONDS),
    series.increase(query("container_cpu_cfs_periods_total"), SPAN_SECONDS),
  ]);
  const valuesOf = (found: typeof cpu): number[] =>
    found.flatMap(({ values }) => [...values]).filter((value) => !Number.isNaN(value));
  const sumOf = (found: typeof cpu): number => valuesOf(found).reduce((sum, value) => sum + value, 0);
  return useOf({
    cores: valuesOf(cpu),
    bytes: valuesOf(memory),
    throttledPeriods: sumOf(throttled),
    periods: sumOf(periods),
  });
}
