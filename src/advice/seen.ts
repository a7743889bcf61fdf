import type { ResourceName } from "../domain/resources.ts";
import type { ContainerUsage, Day } from "../usage/usage.ts";

/** How much was seen of a resource. */
export interface Seen {
  readonly samples: number;
  /** From the first sample to the last. */
  readonly seconds: number;
  /** For which values speak, of whichever pod covers a day best. */
  readonly coveredSeconds: number;
}

export function seenOf(usage: ContainerUsage, resource: ResourceName): Seen {
  const covered = new Map<Day, number>();
  let samples = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { day, [resource]: of } of usage.days) {
    if (of === undefined || of.values.count === 0) continue;
    samples += of.values.count;
    firstMs = Math.min(firstMs, of.firstMs);
    lastMs = Math.max(lastMs, of.lastMs);
    covered.set(day, Math.max(covered.get(day) ?? 0, of.coveredSeconds));
  }
  return {
    samples,
    seconds: Math.max(0, lastMs - firstMs) / 1000,
    coveredSeconds: covered.values().reduce((sum, seconds) => sum + seconds, 0),
  };
}

/** The highest value of some days; 0 where there are none. */
export function peakOf(usage: ContainerUsage, resource: ResourceName): number {
  let most = 0;
  for (const { [resource]: of } of usage.days)
    if (of !== undefined && of.values.count > 0) most = Math.max(most, of.values.max);
  return most;
}
