import type { ResourceName } from "../../domain/resources.ts";

const GROWTH = 1.05;
const HALF_LIFE_MS = 86_400_000;
/** What weighs less than this counts as nothing. */
const EPSILON = 1e-4;
/** Half-lives after which weights are brought down again, so that they do not overflow. */
const MOST_HALF_LIVES = 100;

interface Buckets {
  /** The width of the first one, in cores or bytes. */
  readonly first: number;
  readonly count: number;
}

const BUCKETS: Readonly<Record<ResourceName, Buckets>> = {
  cpu: buckets(0.01, 1000),
  memory: buckets(1e7, 1e12),
};

/**
 * The decaying histogram of the Vertical Pod Autoscaler (pkg/recommender/util): buckets that grow by 5 %, and
 * weights that double with every day, so that older samples lose half of theirs.
 */
export class VpaHistogram {
  readonly #buckets: Buckets;
  readonly #weights: Float64Array;
  #total = 0;
  #lowest: number;
  #highest = 0;
  /** Weights are relative to this midnight (UTC). */
  #referenceMs: number;

  /** `oldestMs`: of the first sample. */
  constructor(resource: ResourceName, oldestMs: number) {
    this.#buckets = BUCKETS[resource];
    this.#weights = new Float64Array(this.#buckets.count);
    this.#lowest = this.#buckets.count - 1;
    this.#referenceMs = midnightNear(oldestMs);
  }

  /** A value in cores or bytes. */
  add(value: number, weight: number, timeMs: number): void {
    const decayed = weight * this.#decay(timeMs);
    const bucket = bucketOf(this.#buckets, value);
    const sum = (this.#weights[bucket] ?? 0) + decayed;
    this.#weights[bucket] = sum;
    this.#total += decayed;
    if (sum < EPSILON) return;
    this.#lowest = Math.min(this.#lowest, bucket);
    this.#highest = Math.max(this.#highest, bucket);
  }

  /** The end of the bucket in which the share `q` of all weight is reached; 0 where there is none. */
  percentile(q: number): number {
    if ((this.#weights[this.#lowest] ?? 0) < EPSILON) return 0;
    const threshold = q * this.#total;
    let bucket = this.#lowest;
    for (let sum = 0; bucket < this.#highest; bucket++) {
      sum += this.#weights[bucket] ?? 0;
      if (sum >= threshold) break;
    }
    return bucketStart(this.#buckets, Math.min(bucket + 1, this.#buckets.count - 1));
  }

  #decay(timeMs: number): number {
    if (timeMs > this.#referenceMs + MOST_HALF_LIVES * HALF_LIFE_MS) this.#shift(midnightNear(timeMs));
    return 2 ** ((timeMs - this.#referenceMs) / HALF_LIFE_MS);
  }

  #shift(referenceMs: number): void {
    const factor = 2 ** Math.round((this.#referenceMs - referenceMs) / HALF_LIFE_MS);
    for (const [bucket, weight] of this.#weights.entries()) this.#weights[bucket] = weight * factor;
    this.#total *= factor;
    this.#referenceMs = referenceMs;
    while ((this.#weights[this.#lowest] ?? 0) < EPSILON && this.#lowest < this.#buckets.count - 1)
      this.#lowest += 1;
    while ((this.#weights[this.#highest] ?? 0) < EPSILON && this.#highest > 0) this.#highest -= 1;
  }
}

function midnightNear(timeMs: number): number {
  return Math.round(timeMs / HALF_LIFE_MS) * HALF_LIFE_MS;
}

function buckets(first: number, largest: number): Buckets {
  return { first, count: Math.ceil(logGrowth((largest * (GROWTH - 1)) / first + 1)) + 1 };
}

function bucketOf({ first, count }: Buckets, value: number): number {
  if (value < first) return 0;
  return Math.min(Math.trunc(logGrowth((value * (GROWTH - 1)) / first + 1)), count - 1);
}

function bucketStart({ first }: Buckets, bucket: number): number {
  return (first * (power(GROWTH, bucket) - 1)) / (GROWTH - 1);
}

/** By squaring, in the order in which Go does it: `**` rounds otherwise, which can be a byte in the end. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest >>= 1, square *= square)
    if (rest & 1) result *= square;
  return result;
}

function logGrowth(value: number): number {
  return Math.log(value) / Math.log(GROWTH);
}
