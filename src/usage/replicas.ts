import { QueryLimitError } from "../metrics/query-limit-error.ts";
import { replicasOf } from "../metrics/replicas.ts";
import { type ContainerSeries, sameContainer } from "./same-container.ts";
import type { DayEvents } from "./usage.ts";
import type { EventDay, NamespaceUsage, SeriesDays, UsageSource } from "./usage-source.ts";

/**
 * Replicas of a Prometheus as one source. Each container's day is that of the replica that saw more of it: what
 * one missed while it was down, the other one fills in. One that fails is left out from then on, with a
 * warning; rejects where all do.
 */
export function mergedReplicas(
  sources: readonly UsageSource[],
  warn: (warning: string) => void,
): UsageSource {
  const replicas = replicasOf(sources, warn);
  return {
    protocol: [...new Set(sources.map(({ protocol }) => protocol))].join(", "),
    cost: replicas.cost,
    announce(namespaces) {
      for (const source of sources) source.announce?.(namespaces);
    },
    read: async (namespace, window) =>
      merged(await replicas.ask((source) => source.read(namespace, window).catch(lasting))),
  };
}

/** Sources have asked for as little as they can: a limit is a fault as any other. */
function lasting(error: unknown): never {
  throw error instanceof QueryLimitError ? new Error(error.message) : error;
}

function merged(read: readonly NamespaceUsage[]): NamespaceUsage {
  const series = read.flatMap((one) => sameContainer(one.series));
  const events = Map.groupBy(
    read.flatMap((one) => one.events),
    ({ pod, container, day }) => `${pod}/${container}/${day}`,
  );
  const images = Map.groupBy(
    read.flatMap((one) => one.images),
    ({ pod, container }) => `${pod}/${container}`,
  );
  return {
    series: [
      ...Map.groupBy(series, ({ resource, pod, container }) => `${resource}/${pod}/${container}`).values(),
    ].flatMap(bestDays),
    events: [...events.values()].flatMap(mostOf),
    images: [...images.values()].flatMap((same) => same.slice(0, 1)),
  };
}

function bestDays(same: readonly ContainerSeries[]): SeriesDays[] {
  const [first] = same;
  if (first === undefined) return [];
  const days = new Map<number, SeriesDays["days"][number]>();
  for (const day of same.flatMap((one) => one.days))
    if (day.coveredSeconds > (days.get(day.day)?.coveredSeconds ?? -1)) days.set(day.day, day);
  return [{ ...first, job: "", days: [...days.values()].sort((a, b) => a.day - b.day) }];
}

/** One that was down counted less. */
function mostOf(same: readonly EventDay[]): EventDay[] {
  const [first] = same;
  if (first === undefined) return [];
  const most = (name: keyof DayEvents): number => Math.max(...same.map((one) => one[name]));
  return [
    {
      ...first,
      throttledPeriods: most("throttledPeriods"),
      periods: most("periods"),
      oomKills: most("oomKills"),
      restarts: most("restarts"),
    },
  ];
}
