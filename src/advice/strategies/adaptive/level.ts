import type { DayLoad } from "./day-load.ts";

/** More than a weekend, so that a week's rhythm is no fall, and more before it than what merely goes up and down. */
const DAYS_AFTER = 3;
const DAYS_BEFORE = 5;
const FALLS_BELOW = 0.8;
const RARELY = 0.02;

/**
 * The days since use last fell for good: where each of three days or more stayed a fifth below each of the five
 * days before them, what was before speaks of another time. All days, where it did not fall.
 */
export function sinceLastFall(loads: readonly DayLoad[]): readonly DayLoad[] {
  const whole = loads.filter(({ seen }) => seen >= 0.5);
  const high = whole.map((load) => load.within(RARELY));
  for (let at = whole.length - DAYS_AFTER; at >= DAYS_BEFORE; at--) {
    const before = Math.min(...high.slice(at - DAYS_BEFORE, at));
    if (Math.max(...high.slice(at)) < FALLS_BELOW * before)
      return loads.filter(({ day }) => day >= (whole[at]?.day ?? 0));
  }
  return loads;
}
