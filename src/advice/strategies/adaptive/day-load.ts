import { type Distribution, greatest } from "../../../usage/distribution.ts";
import { Sketch, SKETCH_ERROR } from "../../../usage/sketch.ts";
import type { Day, PodDay, ResourceDay } from "../../../usage/usage.ts";

/** What a day asked of a request, which is the same for all pods. */
export interface DayLoad {
  readonly day: Day;
  /** Share of the day (0 to 1) that was seen. */
  readonly seen: number;
  /** Over all pods. */
  readonly mean: number;
  /** The highest value of any pod. */
  readonly peak: number;
  /** Share of the time (0 to 1) that the busiest pod spends above a value. */
  readonly overrun: (value: number) => number;
  /** The smallest value that no pod spends more than this share of the time above. */
  readonly within: (share: number) => number;
}

const SECONDS_A_DAY = 86_400;
/** So many pods of a day are looked at one by one: those with the highest use of 98 % of their time. */
const MOST_PODS = 32;
const RARELY = 0.02;

/**
 * The load of each day, ascending. A pod that lived for a part of a day counts for that part of the time, so
 * that the first minutes of many short-lived pods do not decide.
 */
export function dayLoads(days: readonly PodDay[]): DayLoad[] {
  return [...Map.groupBy(days.filter(isSound), ({ day }) => day)]
    .map(([day, pods]) => dayLoad(day, pods))
    .sort((a, b) => a.day - b.day);
}

function dayLoad(day: Day, pods: readonly ResourceDay[]): DayLoad {
  const seconds = pods.map(({ coveredSeconds }) => Math.max(coveredSeconds, 1));
  const [longest, all] = [greatest(seconds), seconds.reduce((sum, one) => sum + one, 0)];
  const curves = pods
    .map(({ values }, index) => curveOf(values, (seconds[index] ?? 1) / longest))
    .sort((a, b) => within(b, RARELY) - within(a, RARELY))
    .slice(0, MOST_PODS);
  return {
    day,
    seen: Math.min(1, longest / SECONDS_A_DAY),
    mean: pods.reduce((sum, { values }, index) => sum + (values.mean * (seconds[index] ?? 1)) / all, 0),
    peak: greatest(pods.map(({ values }) => values.max)),
    overrun: (value) => largest(curves, overrun, value),
    within: (share) => largest(curves, within, share),
  };
}

/** Asked a thousand times for each container: without an array for each. */
function largest(curves: readonly Curve[], ask: (curve: Curve, of: number) => number, of: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const curve of curves) most = Math.max(most, ask(curve, of));
  return most;
}

/** Ascending values, and for each the share of the values above it. */
interface Shape {
  readonly values: Float64Array;
  readonly above: Float64Array;
}

interface Curve extends Shape {
  /** The share of the time that the pod was there. */
  readonly share: number;
}

/** One advice asks many times about the same days. */
const shapes = new WeakMap<Distribution, Shape>();

function curveOf(distribution: Distribution, share: number): Curve {
  const known = shapes.get(distribution) ?? shapeOf(distribution);
  shapes.set(distribution, known);
  return { ...known, share };
}

/** Of a sketch's values the highest that they may have been. */
function shapeOf(distribution: Distribution): Shape {
  const sketched = distribution instanceof Sketch;
  const [size, error] = sketched ? [distribution.parts.bins.length, SKETCH_ERROR] : [distribution.count, 0];
  const [values, above] = [new Float64Array(size), new Float64Array(size)];
  let [index, left] = [0, distribution.count];
  for (const [value, count] of distribution.bins()) {
    left -= count;
    values[index] = Math.min(value * (1 + error), distribution.max);
    above[index] = Math.max(0, left) / distribution.count;
    index += 1;
  }
  return { values, above };
}

function overrun({ values, above, share }: Curve, value: number): number {
  const index = firstWhere(values.length, (at) => (values[at] ?? 0) > value);
  return index === 0 ? share : (above[index - 1] ?? 0) * share;
}

function within({ values, above, share }: Curve, most: number): number {
  if (share <= most) return 0;
  return values[firstWhere(values.length - 1, (at) => (above[at] ?? 0) * share <= most)] ?? 0;
}

/** The first index for which `test` holds, where it holds for all that follow; `length` where there is none. */
function firstWhere(length: number, test: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isSound({ values, coveredSeconds }: ResourceDay): boolean {
  return (
    values.count > 0 && [values.mean, values.max, coveredSeconds].every((one) => one >= 0 && one < Infinity)
  );
}
