import type { ResourceName } from "../../domain/resources.ts";
import { exactDistribution } from "../../usage/distribution.ts";
import { type ContainerUsage, type PodDay, resourceDays } from "../../usage/usage.ts";

/**
 * The days of a window that ends at `atMs`. A day in which the window begins is cut where its samples are
 * known; else it counts as a whole when its middle lies in the window.
 */
export function recentDays(
  usage: ContainerUsage,
  resource: ResourceName,
  atMs: number,
  windowSeconds = Number.POSITIVE_INFINITY,
): PodDay[] {
  const startMs = atMs - windowSeconds * 1000;
  return resourceDays(usage, resource).flatMap((day) => cut(day, startMs) ?? []);
}

/** The days of each pod. */
export function byPod(days: readonly PodDay[]): ReadonlyMap<string, readonly PodDay[]> {
  return Map.groupBy(days, ({ pod }) => pod);
}

function cut(day: PodDay, startMs: number): PodDay | undefined {
  if (day.firstMs >= startMs) return day;
  if (!day.samples) return (day.firstMs + day.lastMs) / 2 >= startMs ? day : undefined;
  const first = day.samples.timesMs.findIndex((timeMs) => timeMs >= startMs);
  if (first < 0) return undefined;
  const [timesMs, values] = [day.samples.timesMs.subarray(first), day.samples.values.subarray(first)];
  const covered = (day.lastMs - startMs) / Math.max(1, day.lastMs - day.firstMs);
  return {
    ...day,
    values: exactDistribution(values),
    coveredSeconds: day.coveredSeconds * covered,
    firstMs: timesMs[0] ?? startMs,
    samples: { timesMs, values },
  };
}
