import { greatest } from "../usage/distribution.ts";
import { type Day, resourceDays } from "../usage/usage.ts";
import { seenOf } from "./seen.ts";
import type { Change, Shaped } from "./shape.ts";
import type { Situation } from "./situation.ts";
import { slopesOf } from "./slopes.ts";

export type ConfidenceLevel = "low" | "medium" | "high";

/** A resource of a container, and what becomes of it. */
export interface Advised {
  readonly situation: Situation;
  readonly shaped: Shaped;
}

/** What confidence rests on; each 0 to 1, and more is better. */
export interface Grounds {
  /** Share of the window that samples cover. */
  readonly coverage: number;
  /** Samples, against a thousand. */
  readonly samples: number;
  /** Days of the present image, against a week. */
  readonly age: number;
  /** Share of the amount above the highest day, and above where the days lead within a week. */
  readonly spare: number;
  /** From how many of the days on use stayed, for a week, within the room that the amount leaves above the newest. */
  readonly stability: number;
}

/**
 * What fits best, rounded, to which amounts held in the week after 10,878 changes on generated containers, by
 * logistic regression: test/advice/calibration/calibration.slow.ts fits it again. docs/advice.md shows what comes of
 * it on others.
 */
const WEIGHTS: Grounds = { coverage: 1.7, samples: 0.5, age: 0.3, spare: 5, stability: 2.8 };
const BIAS = -2.7;

/** Of amounts of one resource with these grounds, about this share is enough for a week. */
export function confidence(grounds: Grounds): number {
  const { coverage, samples, age, spare, stability } = WEIGHTS;
  const weight =
    BIAS +
    coverage * grounds.coverage +
    samples * grounds.samples +
    age * grounds.age +
    spare * grounds.spare +
    stability * grounds.stability;
  return 1 / (1 + Math.exp(-weight));
}

/** Nine in ten, three in four, or fewer. */
export function levelOf(score: number): ConfidenceLevel {
  return score >= 0.9 ? "high" : score >= 0.75 ? "medium" : "low";
}

/** That nothing new will happen can't be seen in the past. */
const SUREST = 0.99;

/** Of such advice, about this share holds for a week, and all of it; in hundredths, 0 where nothing was seen. */
export function confidenceOf(advised: readonly Advised[]): number {
  const all = advised.flatMap((one) => groundsOf(one) ?? []);
  if (all.length === 0) return 0;
  const product = all.reduce((sure, grounds) => sure * confidence(grounds), 1);
  return Math.min(SUREST, Math.round(product * 100) / 100);
}

/** `undefined` where the resource was not seen. */
export function groundsOf({ situation, shaped }: Advised): Grounds | undefined {
  const { usage, resource, window, learning } = situation;
  const seen = seenOf(usage, resource);
  if (seen.samples === 0) return undefined;
  const heights = heightsOf(situation);
  const amount = amountOf(situation, shaped);
  return {
    coverage: Math.min(1, (seen.coveredSeconds * 1000) / (window.endMs - window.startMs)),
    samples: Math.min(1, seen.samples / 1000),
    age: Math.min(1, learning.imageDays / 7),
    spare: spareOf(amount, heights),
    stability: stabilityOf(amount, heights),
  };
}

/** What use has to stay below: the CPU request; the memory limit, or the request where there is none. */
function amountOf({ resource, current }: Situation, shaped: Shaped): number {
  const change: Partial<Change> = "held" in shaped ? {} : shaped;
  const request = change.request ?? current.request;
  const limit = change.limit === undefined ? current.limit : change.limit;
  return (resource === "cpu" ? request : (limit ?? request)) ?? 0;
}

interface Height {
  readonly day: Day;
  readonly height: number;
}

/** A millicore and a MiB: less counts as that. */
const LEAST = { cpu: 0.001, memory: 2 ** 20 } as const;

/** Of the highest pod of each day: its 95th percentile of CPU, its peak of memory. Ascending by day. */
function heightsOf({ usage, resource }: Situation): Height[] {
  const quantile = resource === "cpu" ? 0.95 : 1;
  const byDay = Map.groupBy(resourceDays(usage, resource), ({ day }) => day);
  return [...byDay].map(([day, pods]) => ({
    day,
    height: Math.max(LEAST[resource], greatest(pods.map(({ values }) => values.quantile(quantile)))),
  }));
}

const WEEK = 7;

function spareOf(amount: number, days: readonly Height[]): number {
  const ahead = (days.at(-1)?.height ?? 0) * growthADay(days.slice(-2 * WEEK)) ** WEEK;
  const reached = Math.max(ahead, greatest(days.map(({ height }) => height)));
  return amount > reached ? 1 - reached / amount : 0;
}

/** By how many times days grow, as the median of all pairs of them says (Theil and Sen); 1 where they don't. */
function growthADay(days: readonly Height[]): number {
  const slopeAt = slopesOf(days.map(({ day, height }) => ({ at: day, value: Math.log(height) })));
  return Math.exp(Math.max(0, slopeAt(0.5)));
}

/** Days of which less than a week is known count for as much of it; one that held is given in advance. */
function stabilityOf(amount: number, days: readonly Height[]): number {
  const room = amount / (days.at(-1)?.height ?? amount);
  let [weeks, held] = [1, 1];
  for (const [index, { day, height }] of days.entries()) {
    const after = days.slice(index + 1).filter((one) => one.day <= day + WEEK);
    weeks += after.length / WEEK;
    if (after.every((one) => one.height <= height * room)) held += after.length / WEEK;
  }
  return held / weeks;
}
