import { QueryLimitError } from "../metrics/query-limit-error.ts";
import { replicasOf } from "../metrics/replicas.ts";
import { sameContainer } from "./same-container.ts";
import type { DayEvents } from "./usage.ts";
import type { EventDay, NamespaceUsage, PodImage, UsageSource } from "./usage-source.ts";

/** The parts of a day that may come from different replicas. */
const PART_MS = 2 * 3_600_000;

/**
 * Replicas of a Prometheus as one source: what one missed while it was down, the other one fills in, in parts
 * of two hours, each that of the replica that saw more of the container. One that fails is left out from then
 * on, with a warning; rejects where all do. What fewer than `expected` tell of is incomplete: what one missed the
 * other may have.
 */
export function mergedReplicas(
  sources: readonly UsageSource[],
  warn: (warning: string) => void,
  expected = sources.length,
): UsageSource {
  const replicas = replicasOf(sources, warn);
  return {
    protocol: [...new Set(sources.map(({ protocol }) => protocol))].join(", "),
    cost: replicas.cost,
    announce(namespaces) {
      for (const source of sources) source.announce?.(namespaces);
    },
    async read(namespace, window) {
      const parts = { ...window, partMs: PART_MS };
      const read = await replicas.ask((source) => source.read(namespace, parts).catch(lasting));
      const incomplete = read.length < expected || read.some((one) => one.incomplete);
      // What one lacks the other one may have.
      return { ...merged(read), incomplete, partial: read.every((one) => one.partial === true) };
    },
  };
}

/** Sources have asked for as little as they can: a limit is a fault as any other. */
function lasting(error: unknown): never {
  throw error instanceof QueryLimitError ? new Error(error.message) : error;
}

function merged(read: readonly NamespaceUsage[]): NamespaceUsage {
  const events = Map.groupBy(
    read.flatMap((one) => one.events),
    ({ pod, container, day }) => `${pod}/${container}/${day}`,
  );
  return {
    series: sameContainer(read.flatMap((one) => one.series)).map((one) => ({ ...one, job: "" })),
    events: [...events.values()].flatMap(mostOf),
    images: fullestImages(read),
  };
}

/** One that was down saw fewer images in turn. */
function fullestImages(read: readonly NamespaceUsage[]): PodImage[] {
  const fullest = new Map<string, PodImage[]>();
  for (const { images } of read)
    for (const [key, own] of Map.groupBy(images, ({ pod, container }) => `${pod}/${container}`))
      if (own.length > (fullest.get(key)?.length ?? 0)) fullest.set(key, own);
  return [...fullest.values()].flat();
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
