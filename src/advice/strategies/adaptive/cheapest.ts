import type { DayLoad } from "./day-load.ts";
import type { CpuProfile } from "./profile.ts";

/** A day, and what it is taken to be by tomorrow. */
export interface Expected {
  readonly load: DayLoad;
  readonly factor: number;
}

/** From this share of the time above the request on a day is bad, and wholly so at the second. */
const BAD_DAY = [0.03, 0.05] as const;
/** Values are tried that days spend these shares of their time above. */
const TRIED = [0.5, 0.25, 0.1, 0.07, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.005, 0];

/** A request of more than so many times the cheapest is never kept: of bursty use all are mostly unused. */
const MOST_KEPT = 2;

/**
 * The request that would have been cheapest on these days, as Autopilot's models choose a limit (EuroSys 2020,
 * 3.2.2): what was unused of it, the time above it and the days that had much of that each have their cost. The
 * current one stays until another is cheaper by the cost of a change. Never below the mean, in cores.
 */
export function cheapest(
  days: readonly Expected[],
  least: number,
  current: number | undefined,
  profile: CpuProfile,
): { readonly value: number; readonly kept: boolean; readonly best: number } {
  const seen = days.reduce((sum, { load }) => sum + load.seen, 0);
  const share = ({ load }: Expected): number => load.seen / seen;
  const mean = days.reduce((sum, day) => sum + share(day) * day.load.mean * day.factor, 0);
  const floor = Math.max(least, mean);
  const unused = (value: number): number => Math.max(0, 1 - mean / value);
  const costOf = (value: number): number =>
    days.reduce((sum, day) => {
      const over = day.load.overrun(value / day.factor);
      return sum + share(day) * (profile.overrun * over + profile.badDay * badness(over));
    }, unused(value));
  const tried = days.flatMap(({ load, factor }) => TRIED.map((over) => load.within(over) * factor));
  let [best, cost] = [floor, costOf(floor)];
  for (const value of Float64Array.from(new Set(tried)).sort()) {
    // A hair of tolerance for what floating point makes of a mean of equal values.
    if (value < floor * (1 - 1e-9)) continue;
    // From here on what lies unused alone costs more.
    if (unused(value) > cost) break;
    const own = costOf(value);
    if (own < cost || (own === cost && value < best)) [best, cost] = [value, own];
  }
  const kept =
    current !== undefined &&
    current > 0 &&
    current <= MOST_KEPT * best &&
    costOf(current) <= cost + profile.change;
  return { value: kept ? current : best, kept, best };
}

function badness(over: number): number {
  const [from, to] = BAD_DAY;
  return Math.min(1, Math.max(0, (over - from) / (to - from)));
}
