import { type Distribution, greatest, least } from "./distribution.ts";

/** Bins to an octave: a value is known to 1/128 of itself, {@link SKETCH_ERROR}. */
const BINS_PER_OCTAVE = 64;
/** A millionth of a core: what is less counts as nothing. */
const LOWEST_EXPONENT = -20;
/** 16 Ti: what is more is counted at the top, and only `max` knows how much. */
const HIGHEST_EXPONENT = 44;
/** Bin 0 is of values below the lowest exponent. */
export const SKETCH_BINS = (HIGHEST_EXPONENT - LOWEST_EXPONENT) * BINS_PER_OCTAVE + 1;
/** The largest relative error of a quantile. */
export const SKETCH_ERROR = 1 / (2 * BINS_PER_OCTAVE);

/** The first bin's place among the high bits of a double: 11 bits of exponent, 6 of the fraction. */
const FIRST_BITS = (1023 + LOWEST_EXPONENT) * BINS_PER_OCTAVE - 1;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** Which word of a double holds its sign and exponent. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** The bin of a value that is neither negative nor NaN. */
function binOf(value: number): number {
  number[0] = value;
  return binOfHigh(words[HIGH] ?? 0);
}

/** By the word that holds sign and exponent. */
function binOfHigh(word: number): number {
  // The sign is cut off: a zero may have one.
  const bin = ((word << 1) >>> 15) - FIRST_BITS;
  return bin < 0 ? 0 : bin >= SKETCH_BINS ? SKETCH_BINS - 1 : bin;
}

/** The middle of a bin. */
function middleOf(bin: number): number {
  if (bin === 0) return 0;
  const octave = Math.floor((bin - 1) / BINS_PER_OCTAVE);
  const part = (bin - 1) % BINS_PER_OCTAVE;
  return 2 ** (octave + LOWEST_EXPONENT) * (1 + (part + 0.5) / BINS_PER_OCTAVE);
}

const MIDDLES = Float64Array.from({ length: SKETCH_BINS }, (_, bin) => middleOf(bin));

/** What a sketch is made of: bins ascending, `counts[i]` values in `bins[i]`. */
export interface SketchParts {
  readonly bins: Uint16Array;
  readonly counts: Uint32Array | Float64Array;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/**
 * A histogram of logarithmic bins, each octave cut into 64 linear parts (as in HdrHistogram; the bins of
 * DDSketch with linear interpolation): every quantile is right to {@link SKETCH_ERROR} of itself, minimum,
 * maximum and mean are exact, and merging sketches is sketching the union.
 */
export class Sketch implements Distribution {
  readonly parts: SketchParts;
  readonly count: number;

  constructor(parts: SketchParts) {
    this.parts = parts;
    const { counts } = parts;
    let count = 0;
    // An iterator would make an object for each, of two million.
    for (let index = 0; index < counts.length; index++) count += counts[index] ?? 0;
    this.count = count;
  }

  get min(): number {
    return this.parts.min;
  }
  get max(): number {
    return this.parts.max;
  }
  get mean(): number {
    return this.parts.sum / this.count;
  }

  quantile(q: number): number {
    const rank = Math.min(Math.max(q, 0), 1) * (this.count - 1);
    const below = this.#valueAt(Math.floor(rank));
    return below + (this.#valueAt(Math.ceil(rank)) - below) * (rank - Math.floor(rank));
  }

  *bins(): Generator<readonly [number, number]> {
    const { bins, counts } = this.parts;
    for (let index = 0; index < bins.length; index++)
      yield [this.#value(bins[index] ?? 0), counts[index] ?? 0];
  }

  steps(): { values: Float64Array; counts: Uint32Array | Float64Array } {
    const { bins, counts } = this.parts;
    const values = new Float64Array(bins.length);
    for (let index = 0; index < bins.length; index++) values[index] = this.#value(bins[index] ?? 0);
    return { values, counts };
  }

  /** The value at a rank counted from 0. */
  #valueAt(rank: number): number {
    const { bins, counts, min, max } = this.parts;
    if (rank <= 0) return min;
    if (rank >= this.count - 1) return max;
    let seen = 0;
    for (let index = 0; index < bins.length; index++) {
      seen += counts[index] ?? 0;
      if (seen > rank) return this.#value(bins[index] ?? 0);
    }
    return max;
  }

  /** So that identical values come back as they were. */
  #value(bin: number): number {
    return Math.min(Math.max(MIDDLES[bin] ?? 0, this.parts.min), this.parts.max);
  }
}

/** A sketch with the weight of its values. */
export type Weighted = readonly [distribution: Distribution, weight: number];

/** The union of all values; each counts as often as its weight says. Exact distributions are sketched. */
export function mergeWeighted(weighted: Iterable<Weighted>): Sketch {
  const given = Array.from(weighted).filter(([{ count }, weight]) => count > 0 && weight > 0);
  const [only] = given;
  if (given.length === 1 && only?.[1] === 1 && only[0] instanceof Sketch) return only[0];
  const min = least(given.map(([one]) => one.min));
  const max = greatest(given.map(([one]) => one.max));
  const first = given.length === 0 ? 0 : binOf(min);
  const dense = new Float64Array(given.length === 0 ? 0 : binOf(max) - first + 1);
  let sum = 0;
  for (const [distribution, weight] of given) {
    if (distribution instanceof Sketch) {
      const { bins, counts } = distribution.parts;
      for (let index = 0; index < bins.length; index++) {
        const at = (bins[index] ?? 0) - first;
        dense[at] = (dense[at] ?? 0) + (counts[index] ?? 0) * weight;
      }
    } else {
      for (const [value, count] of distribution.bins()) {
        const at = binOf(value) - first;
        dense[at] = (dense[at] ?? 0) + count * weight;
      }
    }
    sum += distribution.mean * distribution.count * weight;
  }
  return fromDense(dense, first, sum, min, max);
}

export function merge(distributions: Iterable<Distribution>): Sketch {
  return mergeWeighted(Array.from(distributions, (distribution): Weighted => [distribution, 1]));
}

/** The sketch of some values; those that are negative or no finite number are left out. */
export function sketchOf(values: Iterable<number>): Sketch {
  const builder = new SketchBuilder();
  for (const value of values) builder.add(value);
  return builder.take();
}

/** How many values a builder can be handed at once. */
const MOST_WAITING = 1024;

/** Collects values, many at once or one after the other; without allocating for each. */
export class SketchBuilder {
  /** Where values are laid down for {@link fill}. */
  readonly waiting = new Float64Array(MOST_WAITING);
  readonly #waitingWords = new Uint32Array(this.waiting.buffer);
  readonly #dense = new Uint32Array(SKETCH_BINS);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** What is negative or no finite number is left out. */
  add(value: number): void {
    // Negated, so that NaN is left out too.
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
    this.waiting[0] = value;
    this.fill(1);
  }

  /** The first `count` of {@link waiting}, which are finite and not negative. */
  fill(count: number): void {
    const { waiting } = this;
    const words = this.#waitingWords;
    const dense = this.#dense;
    // In variables, as a field would be written to memory for each value.
    let [sum, min, max] = [this.#sum, this.#min, this.#max];
    for (let index = 0; index < count; index++) {
      const value = waiting[index] ?? 0;
      const bin = binOfHigh(words[2 * index + HIGH] ?? 0);
      dense[bin] = (dense[bin] ?? 0) + 1;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.#count += count;
    [this.#sum, this.#min, this.#max] = [sum, min, max];
  }

  /** The sketch of what was added; the builder is empty again. */
  take(): Sketch {
    const [lowest, end] = this.#count === 0 ? [0, 0] : [binOf(this.#min), binOf(this.#max) + 1];
    const filled = this.#dense.subarray(lowest, end);
    const sketch = fromDense(filled, lowest, this.#sum, this.#min, this.#max);
    filled.fill(0);
    [this.#count, this.#sum] = [0, 0];
    [this.#min, this.#max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    return sketch;
  }
}

/** `dense[0]` counts the bin `first`. */
function fromDense(
  dense: Uint32Array | Float64Array,
  first: number,
  sum: number,
  min: number,
  max: number,
): Sketch {
  let filled = 0;
  for (let at = 0; at < dense.length; at++) if ((dense[at] ?? 0) > 0) filled += 1;
  const bins = new Uint16Array(filled);
  const counts = dense instanceof Uint32Array ? new Uint32Array(filled) : new Float64Array(filled);
  let next = 0;
  for (let at = 0; at < dense.length; at++) {
    const count = dense[at] ?? 0;
    if (count === 0) continue;
    bins[next] = first + at;
    counts[next] = count;
    next += 1;
  }
  if (filled === 0) return new Sketch({ bins, counts, sum: 0, min: Number.NaN, max: Number.NaN });
  return new Sketch({ bins, counts, sum, min, max });
}
