import type { DayLoad } from "./day-load.ts";

/** Longer than a weekend, so that a week's rhythm is no fall. */
const DAYS_EACH = 4;
const FALLS_BELOW = 0.8;
const RARELY = 0.02;

/**
 * The days since use last fell for good: where each of four days or more stayed a fifth below each of the four
 * days before them, what was before speaks of another time. All days, where it did not fall.
 */
export function sinceLastFall(loads: readonly DayLoad[]): readonly DayLoad[] {
  const whole = loads.filter(({ seen }) => seen >= 0.5);
  const high = whole.map((load) => load.within(RARELY));
  for (let at = whole.length - DAYS_EACH; at >= DAYS_EACH; at--) {
    const before = Math.min(...high.slice(at - DAYS_EACH, at));
    if (Math.max(...high.slice(at)) < FALLS_BELOW * before)
      return loads.filter(({ day }) => day >= (whole[at]?.day ?? 0));
  }
  return loads;
}
