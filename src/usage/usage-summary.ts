import type { ResourceName } from "../domain/resources.ts";
import type { Distribution } from "./distribution.ts";
import { merge } from "./sketch.ts";
import { type ContainerUsage, type Day, resourceDays } from "./usage.ts";

/** What a day of all pods looked like, in cores or bytes. */
export interface DaySummary {
  readonly day: Day;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** A resource's use in a few numbers, for people: cores or bytes, over all pods of the window. */
export interface ResourceSummary {
  readonly samples: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  /** For each of the amounts asked for, the share of samples (0 to 1) above it, as far as the sketch can tell. */
  readonly above: readonly { readonly amount: number; readonly share: number }[];
  /** Ascending; only days on which something was measured. */
  readonly days: readonly DaySummary[];
}

/** `undefined` where nothing was measured. */
export function summarize(
  usage: ContainerUsage,
  resource: ResourceName,
  amounts: readonly number[],
): ResourceSummary | undefined {
  const byDay = Map.groupBy(resourceDays(usage, resource), ({ day }) => day);
  if (byDay.size === 0) return undefined;
  const days = [...byDay].map(([day, pods]) => ({ day, values: merge(pods.map(({ values }) => values)) }));
  const all = merge(days.map(({ values }) => values));
  return {
    samples: all.count,
    median: all.quantile(0.5),
    p95: all.quantile(0.95),
    max: all.max,
    above: amounts.map((amount) => ({ amount, share: shareAbove(all, amount) })),
    days: days
      .map(({ day, values }) => ({
        day,
        median: values.quantile(0.5),
        p95: values.quantile(0.95),
        max: values.max,
      }))
      .sort((a, b) => a.day - b.day),
  };
}

function shareAbove(values: Distribution, amount: number): number {
  const steps = values.steps();
  let above = 0;
  for (let index = 0; index < steps.values.length; index++)
    if ((steps.values[index] ?? 0) > amount) above += steps.counts[index] ?? 0;
  return values.count === 0 ? 0 : above / values.count;
}
