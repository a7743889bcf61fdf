/** Rises are looked for after these. */
const FIRST_DAYS = 3;
/** Smaller ones, of the largest, are no part of the staircase. */
const PART = 0.5;
/** What rose once is remembered for a week and a day, so that what rises once a week is not forgotten. */
const REMEMBERED_DAYS = 8;

/** What daily peaks may rise to next. */
export interface NextRise {
  /** The newest use. */
  readonly from: number;
  /** How many times as high. */
  readonly times: number;
}

interface Rise {
  readonly at: number;
  readonly times: number;
}

/**
 * The next rise, where one is to be expected: use that rose above all days before, and stayed there, may do so
 * again, by as much as it did at the most. What rose several times does so for as long as that is seen; where
 * its rises are regular, the next one is not expected before its time.
 */
export function nextRise(peaks: readonly number[]): NextRise | undefined {
  const rises = risesOf(peaks);
  const times = Math.max(...rises.map((rise) => rise.times));
  const steps = rises.filter((rise) => Math.log(rise.times) >= PART * Math.log(times));
  if (!isExpected(steps, peaks.length)) return undefined;
  return { from: Math.max(...peaks.slice(-2)), times };
}

/** Of the days that rose above all before, those after which use never fell back for two days. */
function risesOf(peaks: readonly number[]): Rise[] {
  const rises: Rise[] = [];
  let before = Math.max(...peaks.slice(0, FIRST_DAYS));
  for (const [at, peak] of peaks.entries()) {
    if (at < FIRST_DAYS || peak <= before) continue;
    if (before > 0 && staysAbove(before, peaks.slice(at))) rises.push({ at, times: peak / before });
    before = peak;
  }
  return rises;
}

function staysAbove(bytes: number, peaks: readonly number[]): boolean {
  return peaks.every((peak, at) => Math.max(peak, peaks[at + 1] ?? Number.POSITIVE_INFINITY) > bytes);
}

function isExpected(rises: readonly Rise[], today: number): boolean {
  const newest = rises.at(-1);
  if (!newest) return false;
  const since = today - newest.at;
  const gaps = rises.slice(1).map(({ at }, index) => at - (rises[index]?.at ?? at));
  const [shortest, longest] = [Math.min(...gaps), Math.max(...gaps)];
  if (gaps.length === 0) return since <= REMEMBERED_DAYS;
  const regular = gaps.length > 1 && longest - shortest <= 1;
  return !regular || since >= shortest;
}
