import type { DayLoad } from "./day-load.ts";

const DAYS = 7;
const FEWEST_DAYS = 4;
/** What nearly every pair of days agrees on: of all slopes, the fifth in a hundred from below. */
const AGREED = 0.05;
const MOST = 0.1;
const SELDOM = 0.05;

/**
 * By which share use grew from day to day in the last week: a low quantile of the slopes between all pairs of
 * days (as Theil and Sen take the median), so that only what grows steadily counts. 0 to 0.1.
 */
export function growthADay(loads: readonly DayLoad[]): number {
  const whole = loads
    .filter(({ seen }) => seen >= 0.5)
    .slice(-DAYS)
    .map((load) => ({ day: load.day, high: Math.log(load.within(SELDOM)) }));
  if (whole.length < FEWEST_DAYS) return 0;
  const slopes = whole
    .flatMap((from, index) => whole.slice(index + 1).map((to) => (to.high - from.high) / (to.day - from.day)))
    .sort((a, b) => a - b);
  const slope = slopes[Math.floor(AGREED * (slopes.length - 1))] ?? 0;
  return slope > 0 ? Math.min(MOST, Math.expm1(slope)) : 0;
}
