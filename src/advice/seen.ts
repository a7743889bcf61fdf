import type { ResourceName } from "../domain/resources.ts";
import { greatest, least } from "../usage/distribution.ts";
import { type ContainerUsage, resourceDays } from "../usage/usage.ts";

/** How much was seen of a resource. */
export interface Seen {
  readonly samples: number;
  /** From the first sample to the last. */
  readonly seconds: number;
  /** For which values speak, of whichever pod covers a day best. */
  readonly coveredSeconds: number;
}

export function seenOf(usage: ContainerUsage, resource: ResourceName): Seen {
  const days = resourceDays(usage, resource);
  if (days.length === 0) return { samples: 0, seconds: 0, coveredSeconds: 0 };
  const byDay = Map.groupBy(days, ({ day }) => day);
  return {
    samples: days.reduce((sum, { values }) => sum + values.count, 0),
    seconds: (greatest(days.map(({ lastMs }) => lastMs)) - least(days.map(({ firstMs }) => firstMs))) / 1000,
    coveredSeconds: [...byDay.values()].reduce(
      (sum, pods) => sum + greatest(pods.map(({ coveredSeconds }) => coveredSeconds)),
      0,
    ),
  };
}

/** The highest value of some days; 0 where there are none. */
export function peakOf(usage: ContainerUsage, resource: ResourceName): number {
  return resourceDays(usage, resource).reduce((most, { values }) => Math.max(most, values.max), 0);
}
