import { baseUnits, type Quantity } from "../../../src/domain/quantity.ts";
import type { ResourceName } from "../../../src/domain/resources.ts";
import type { Need, Strategy, StrategyInput } from "../../../src/advice/strategy.ts";
import { exactDistribution } from "../../../src/usage/distribution.ts";
import { sketchOf } from "../../../src/usage/sketch.ts";
import { type ContainerDay, type ContainerUsage, DAY_MS, dayOf } from "../../../src/usage/usage.ts";

export const MI = 2 ** 20;
/** A midnight. */
export const START_MS = 20_000 * DAY_MS;

export interface Pod {
  readonly name?: string;
  readonly values: readonly number[];
  readonly startMs?: number;
  readonly stepMs?: number;
  /** Days, counted from the first, on which it was killed for its memory. */
  readonly killedOn?: readonly number[];
}

/** How much is known of a day: every sample with its time, every value, or a sketch. */
export type Keeps = "samples" | "values" | "sketches";

/** What pods used of a resource: their samples, cut into UTC days. */
export function usageOf(
  resource: ResourceName,
  pods: readonly Pod[],
  keeps: Keeps = "samples",
): ContainerUsage {
  const days = pods.flatMap(
    ({ name = "pod", values, startMs = START_MS, stepMs = 60_000, killedOn = [] }) => {
      const samples = values.map((value, index) => ({ timeMs: startMs + index * stepMs, value }));
      return [...Map.groupBy(samples, ({ timeMs }) => dayOf(timeMs))].map(([day, ofDay]): ContainerDay => {
        const timesMs = Float64Array.from(ofDay, ({ timeMs }) => timeMs);
        const own = Float64Array.from(ofDay, ({ value }) => value);
        const kills = killedOn.filter((one) => one === day - dayOf(START_MS)).length;
        return {
          day,
          pod: name,
          container: "app",
          [resource]: {
            values: keeps === "sketches" ? sketchOf(own) : exactDistribution(own),
            coveredSeconds: (own.length * stepMs) / 1000,
            firstMs: timesMs[0] ?? 0,
            lastMs: timesMs.at(-1) ?? 0,
            ...(keeps === "samples" ? { samples: { timesMs, values: own } } : {}),
          },
          ...(kills > 0
            ? { events: { throttledPeriods: 0, periods: 0, oomKills: kills, restarts: kills } }
            : {}),
        };
      });
    },
  );
  return { container: "app", days: days.sort((a, b) => a.day - b.day) };
}

/** What a strategy says right after the last sample. */
export function needOf(
  strategy: Strategy,
  resource: ResourceName,
  pods: readonly Pod[],
  { keeps = "samples", ...current }: StrategyInput["current"] & { readonly keeps?: Keeps } = {},
): Need | undefined {
  const usage = usageOf(resource, pods, keeps);
  const last = Math.max(...usage.days.map((day) => day[resource]?.lastMs ?? 0));
  return strategy.need({ resource, usage, atMs: last + 1, current });
}

export function repeated(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}

export function bytes(quantity: Quantity): number {
  return baseUnits(quantity);
}
