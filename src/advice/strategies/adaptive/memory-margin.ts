import type { MemoryProfile } from "./profile.ts";

/** What the highest days are: a third of all. */
const HIGHEST = 0.3;
/** Rises are looked for after these, and in the last week. */
const FIRST_DAYS = 3;
const RECENT_DAYS = 7;
/** A margin of e^0.4 − 1, a half, is the most. */
const MOST = 0.4;

/**
 * The share above the highest use that memory keeps. How far the highest days lie apart says by how much the
 * next one may be above them (Hill's estimator: their mean distance to the next lower day, of logarithms); the
 * largest rise of the last week above all days before says what may happen again, as with a staircase.
 */
export function marginOf(
  peaks: readonly number[],
  profile: MemoryProfile,
): { readonly margin: number; readonly because: string } {
  const bySpread = Math.log1p(profile.margin) + profile.spread * spreadOf(peaks);
  const byRise = profile.rise * largestRise(peaks);
  const margin = Math.expm1(Math.min(MOST, Math.max(bySpread, byRise)));
  if (byRise > bySpread) return { margin, because: ", as much as it lately rose above all days before" };
  return { margin: Math.max(margin, profile.margin), because: "" };
}

function spreadOf(peaks: readonly number[]): number {
  const logs = peaks
    .filter((peak) => peak > 0)
    .map(Math.log)
    .sort((a, b) => b - a);
  const count = Math.min(logs.length - 1, Math.max(1, Math.round(logs.length * HIGHEST)));
  if (count < 1) return 0;
  const next = logs[count] ?? 0;
  return logs.slice(0, count).reduce((sum, log) => sum + (log - next) / count, 0);
}

function largestRise(peaks: readonly number[]): number {
  let [most, largest] = [Math.max(...peaks.slice(0, FIRST_DAYS)), 0];
  for (const [index, peak] of peaks.entries()) {
    if (index < FIRST_DAYS) continue;
    const recent = index >= peaks.length - RECENT_DAYS;
    if (recent && peak > most && most > 0) largest = Math.max(largest, Math.log(peak / most));
    most = Math.max(most, peak);
  }
  return largest;
}
