/** What the highest days are: a third of all. */
const HIGHEST = 0.3;

/**
 * How far the highest tops of what goes up and down lie apart, which says by how much the next one may be above
 * them: Hill's estimator, their mean distance to the next lower one, of logarithms. What only climbs has one top,
 * and no spread.
 */
export function spreadOf(peaks: readonly number[]): number {
  const tops = peaks
    .filter((peak, at) => peak > 0 && peak >= (peaks[at - 1] ?? 0) && peak >= (peaks[at + 1] ?? 0))
    .map(Math.log)
    .sort((a, b) => b - a);
  const count = Math.min(tops.length - 1, Math.max(1, Math.round(tops.length * HIGHEST)));
  if (count < 1) return 0;
  const next = tops[count] ?? 0;
  return tops.slice(0, count).reduce((sum, top) => sum + (top - next) / count, 0);
}
