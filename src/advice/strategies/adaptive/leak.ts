const DAYS = 6;
const FEWEST_DAYS = 4;
/** From now until the end of the day to come, at the most. */
const DAYS_AHEAD = 1.5;
/** Growth is there when four of five pairs of days agree. */
const AGREED = 0.2;

/**
 * Where daily peaks lead that grow steadily, as those of a leak do: the newest, and the median of the slopes
 * between all pairs of the last days (Theil and Sen) for a day and a half. All zero where they don't grow.
 */
export function tomorrow(peaks: readonly number[]): { readonly bytes: number; readonly aDay: number } {
  const last = peaks.slice(-DAYS);
  const slopes = Float64Array.from(
    last.flatMap((from, at) => last.slice(at + 1).map((to, ahead) => (to - from) / (ahead + 1))),
  ).sort();
  const slopeAt = (share: number): number => slopes[Math.floor(share * (slopes.length - 1))] ?? 0;
  if (last.length < FEWEST_DAYS || slopeAt(AGREED) <= 0) return { bytes: 0, aDay: 0 };
  const aDay = slopeAt(0.5);
  return { bytes: (last.at(-1) ?? 0) + DAYS_AHEAD * aDay, aDay };
}
