import { type Distribution, greatest } from "../../../usage/distribution.ts";
import { Sketch, SKETCH_ERROR } from "../../../usage/sketch.ts";
import type { Day, PodDay, ResourceDay } from "../../../usage/usage.ts";

const SECONDS_A_DAY = 86_400;
/** So many pods of a day are looked at one by one: those with the highest use of 98 % of their time. */
const MOST_PODS = 32;
const RARELY = 0.02;

/**
 * What a day asked of a request, which is the same for all pods. It is asked a thousand times for each container,
 * in a program that has just begun: plain loops, and no array or function for each question.
 */
export class DayLoad {
  readonly day: Day;
  /** Share of the day (0 to 1) that was seen. */
  readonly seen: number;
  /** Over all pods. */
  readonly mean: number;
  /** The highest value of any pod. */
  readonly peak: number;
  readonly #curves: readonly Curve[];

  constructor(day: Day, pods: readonly ResourceDay[]) {
    const seconds = pods.map(({ coveredSeconds }) => Math.max(coveredSeconds, 1));
    const [longest, all] = [greatest(seconds), seconds.reduce((sum, one) => sum + one, 0)];
    this.day = day;
    this.seen = Math.min(1, longest / SECONDS_A_DAY);
    this.mean = pods.reduce((sum, { values }, index) => sum + (values.mean * (seconds[index] ?? 1)) / all, 0);
    this.peak = greatest(pods.map(({ values }) => values.max));
    const curves = pods.map(({ values }, index) => curveOf(values, (seconds[index] ?? 1) / longest));
    this.#curves =
      curves.length === 1
        ? curves
        : curves.sort((a, b) => within(b, RARELY) - within(a, RARELY)).slice(0, MOST_PODS);
  }

  /** Share of the time (0 to 1) that the busiest pod spends above a value. */
  overrun(value: number): number {
    let most = Number.NEGATIVE_INFINITY;
    for (const curve of this.#curves) most = Math.max(most, overrun(curve, value));
    return most;
  }

  /** The smallest value that no pod spends more than this share of the time above. */
  within(share: number): number {
    let most = Number.NEGATIVE_INFINITY;
    for (const curve of this.#curves) most = Math.max(most, within(curve, share));
    return most;
  }
}

/**
 * The load of each day, ascending. A pod that lived for a part of a day counts for that part of the time, so
 * that the first minutes of many short-lived pods do not decide.
 */
export function dayLoads(days: readonly PodDay[]): DayLoad[] {
  return [...Map.groupBy(days.filter(isSound), ({ day }) => day)]
    .map(([day, pods]) => new DayLoad(day, pods))
    .sort((a, b) => a.day - b.day);
}

/** Ascending values, and for each the share of the values above it. */
interface Curve {
  readonly values: Float64Array;
  readonly above: Float64Array;
  /** The share of the time that the pod was there. */
  readonly share: number;
}

/** Of a sketch's values the highest that they may have been. */
function curveOf(distribution: Distribution, share: number): Curve {
  const { values, counts } = distribution.steps();
  const above = new Float64Array(values.length);
  const error = distribution instanceof Sketch ? SKETCH_ERROR : 0;
  const { count, max } = distribution;
  let left = count;
  for (let index = 0; index < values.length; index++) {
    left -= counts[index] ?? 0;
    values[index] = Math.min((values[index] ?? 0) * (1 + error), max);
    above[index] = Math.max(0, left) / count;
  }
  return { values, above, share };
}

function overrun({ values, above, share }: Curve, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low === 0 ? share : (above[low - 1] ?? 0) * share;
}

function within({ values, above, share }: Curve, most: number): number {
  if (share <= most) return 0;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((above[middle] ?? 0) * share <= most) high = middle;
    else low = middle + 1;
  }
  return values[low] ?? 0;
}

function isSound({ values, coveredSeconds }: ResourceDay): boolean {
  return (
    values.count > 0 && [values.mean, values.max, coveredSeconds].every((one) => one >= 0 && one < Infinity)
  );
}
