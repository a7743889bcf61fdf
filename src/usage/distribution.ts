/** A set of measured values, ready for questions. */
export interface Distribution {
  /** How many there are; a fraction where they are weighted. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /**
   * The value below which the share `q` (0 to 1) of all values lies, by linear interpolation at rank
   * q·(n−1) as in OptiPod; NaN where there are no values.
   */
  quantile(q: number): number;
  /** All values, ascending, each with how often it is there. */
  bins(): Iterable<readonly [value: number, count: number]>;
  /** The same as two arrays, for those who ask a thousand times; the values are the caller's own. */
  steps(): { readonly values: Float64Array; readonly counts: ArrayLike<number> };
}

/** Every value kept, sorted: exact. Values that are no finite number are left out. */
export function exactDistribution(values: Iterable<number>): Distribution {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  const count = sorted.length;
  return {
    count,
    min: sorted.at(0) ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    mean: sorted.reduce((sum, value) => sum + value / count, count === 0 ? Number.NaN : 0),
    quantile: (q) => quantileOfSorted(sorted, q),
    *bins() {
      for (const value of sorted) yield [value, 1];
    },
    steps: () => ({ values: sorted.slice(), counts: new Float64Array(count).fill(1) }),
  };
}

function quantileOfSorted(sorted: Float64Array, q: number): number {
  const rank = Math.min(Math.max(q, 0), 1) * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** The greatest of as many numbers as there are, which as arguments of one call would not fit; −∞ of none. */
export function greatest(numbers: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < numbers.length; index++) most = Math.max(most, numbers[index] ?? most);
  return most;
}

/** The least of as many numbers as there are; ∞ of none. */
export function least(numbers: ArrayLike<number>): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < numbers.length; index++) fewest = Math.min(fewest, numbers[index] ?? fewest);
  return fewest;
}
