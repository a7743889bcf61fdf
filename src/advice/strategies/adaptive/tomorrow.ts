import { greatest } from "../../../usage/distribution.ts";
import { slopesOf } from "../../slopes.ts";
import type { Day, PodDay } from "../../../usage/usage.ts";

/** Where use is on its way to. */
export interface Course {
  /** Bytes at the end of the day to come. */
  readonly bytes: number;
  /** Bytes a day. */
  readonly aDay: number;
}

const DAYS = 6;
const FEWEST_DAYS = 4;
/** Until the end of the day to come, and a little, as no growth is quite even. */
const DAYS_AHEAD = 1.25;
/** Growth is there when nine of ten pairs of days agree. */
const AGREED = 0.1;

/**
 * Where daily peaks lead that grow steadily, as those of a leak do: the newest, and the median of the slopes
 * between all pairs of the last days (Theil and Sen) for a day and a quarter.
 */
export function courseOfDays(peaks: readonly number[]): Course | undefined {
  const last = peaks.slice(-DAYS);
  const slopeAt = slopesOf(last.map((value, at) => ({ at, value })));
  if (last.length < FEWEST_DAYS || slopeAt(AGREED) <= 0) return undefined;
  const aDay = slopeAt(0.5);
  return { bytes: (last.at(-1) ?? 0) + DAYS_AHEAD * aDay, aDay };
}

const SECONDS_A_DAY = 86_400;
const NEWEST_DAYS = 2;
/** Less may be a spike. */
const LEAST_SECONDS = 3 * 3600;
/** What climbs evenly is half way up in the mean; what rose at once stays near the top. */
const CLIMBS_BELOW = 2 / 3;

/**
 * Where a climb leads that began in the two newest days, before days can agree on it. A sketch of a day does not
 * know when, but for how long use was above all days before, and how high in the mean: that tells a climb from a
 * step, and how fast it is. Of several pods the fastest.
 */
export function courseOfHours(days: readonly PodDay[]): Course | undefined {
  const from: Day = days.reduce((most, { day }) => Math.max(most, day), 0) - NEWEST_DAYS + 1;
  let [before, peak] = [0, 0];
  for (const { day, values } of days)
    if (day < from) before = Math.max(before, values.max);
    else peak = Math.max(peak, values.max);
  if (before === 0 || peak <= before) return undefined;
  const above = days.filter(({ day, values }) => day >= from && values.max > before);
  const pods = [...Map.groupBy(above, ({ pod }) => pod).values()];
  const aDay = greatest(pods.map((own) => climbOf(own, before)));
  return aDay > 0 ? { bytes: peak + aDay, aDay } : undefined;
}

/** Bytes a day; 0 where it is none. */
function climbOf(days: readonly PodDay[], before: number): number {
  let [seconds, excess] = [0, 0];
  for (const { values, coveredSeconds } of days)
    for (const [value, count] of values.bins())
      if (value > before) {
        const lasted = (count / values.count) * coveredSeconds;
        seconds += lasted;
        excess += (value - before) * lasted;
      }
  const height = greatest(days.map(({ values }) => values.max)) - before;
  return seconds >= LEAST_SECONDS && excess <= CLIMBS_BELOW * height * seconds
    ? (height / seconds) * SECONDS_A_DAY
    : 0;
}
