import type { DayLoad } from "./day-load.ts";
import type { CpuProfile } from "./profile.ts";

/** A day, and what it is taken to be by tomorrow. */
export interface Expected {
  readonly load: DayLoad;
  readonly factor: number;
}

export interface Cheapest {
  /** In cores. */
  readonly best: number;
  /** Whether a request, in cores, costs so little more that to change it would cost more. */
  readonly isWorthKeeping: (current: number) => boolean;
}

/** From this share of the time above the request on a day is bad, and wholly so at the second. */
const BAD_DAY = { from: 0.03, to: 0.05 };
/** Values are tried that days spend these shares of their time above. */
const TRIED = [0.5, 0.25, 0.1, 0.07, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.005, 0];

/** A request of more than so many times the cheapest is never kept: of bursty use all are mostly unused. */
const MOST_KEPT = 2;

/**
 * The request that would have been cheapest on these days, as Autopilot's models choose a limit (EuroSys 2020,
 * 3.2.2): what was unused of it, the time above it and the days that had much of that each have their cost. Never
 * below the mean.
 */
export function cheapest(days: readonly Expected[], least: number, profile: CpuProfile): Cheapest {
  const seen = days.reduce((sum, { load }) => sum + load.seen, 0);
  const mean = days.reduce((sum, { load, factor }) => sum + (load.seen / seen) * load.mean * factor, 0);
  const floor = Math.max(least, mean);
  const unused = (value: number): number => Math.max(0, 1 - mean / value);
  const costOf = (value: number): number => {
    let cost = unused(value);
    for (const { load, factor } of days) {
      const over = load.overrun(value / factor);
      cost += (load.seen / seen) * (profile.overrun * over + profile.badDay * badness(over));
    }
    return cost;
  };
  const tried = days.flatMap(({ load, factor }) => TRIED.map((over) => load.within(over) * factor));
  let [best, cost] = [floor, costOf(floor)];
  for (const value of new Set(Float64Array.from(tried).sort())) {
    // A hair of tolerance for what floating point makes of a mean of equal values.
    if (value < floor * (1 - 1e-9)) continue;
    // From here on what lies unused alone costs more.
    if (unused(value) > cost) break;
    const own = costOf(value);
    if (own < cost || (own === cost && value < best)) [best, cost] = [value, own];
  }
  return {
    best,
    isWorthKeeping: (current) =>
      current > 0 && current <= MOST_KEPT * best && costOf(current) <= cost + profile.change,
  };
}

function badness(over: number): number {
  const { from, to } = BAD_DAY;
  return Math.min(1, Math.max(0, (over - from) / (to - from)));
}
