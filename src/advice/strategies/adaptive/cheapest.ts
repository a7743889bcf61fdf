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
  // Never more for a larger value, and never less with more that is unused.
  const costWith = (unused: number, value: number): number => {
    let cost = unused;
    for (const { load, factor } of days) {
      const over = load.overrun(value / factor);
      cost += (load.seen / seen) * (profile.overrun * over + profile.badDay * badness(over));
    }
    return cost;
  };
  const costOf = (value: number): number => costWith(unused(value), value);
  let best = floor;
  let cost = costOf(floor);
  const values = triedOn(days, floor);
  /** Looks at `values[from]` up to `values[end]`, which is left out; not at those that can't be cheaper. */
  const look = (from: number, end: number): void => {
    if (from >= end || costWith(unused(values[from] ?? 0), values[end - 1] ?? 0) > cost) return;
    const middle = (from + end) >>> 1;
    const value = values[middle] ?? 0;
    const own = costOf(value);
    if (own < cost || (own === cost && value < best)) {
      best = value;
      cost = own;
    }
    look(from, middle);
    look(middle + 1, end);
  };
  look(0, values.length);
  return {
    best,
    isWorthKeeping: (current) =>
      current > 0 && current <= MOST_KEPT * best && costOf(current) <= cost + profile.change,
  };
}

/** Ascending. */
function triedOn(days: readonly Expected[], floor: number): Float64Array {
  const values = new Float64Array(days.length * TRIED.length);
  let count = 0;
  for (const { load, factor } of days)
    for (const over of TRIED) {
      const value = load.within(over) * factor;
      // A hair of tolerance for what floating point makes of a mean of equal values.
      if (value >= floor * (1 - 1e-9)) values[count++] = value;
    }
  return values.subarray(0, count).sort();
}

function badness(over: number): number {
  const { from, to } = BAD_DAY;
  return Math.min(1, Math.max(0, (over - from) / (to - from)));
}
