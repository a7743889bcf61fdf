import { greatest } from "../usage/distribution.ts";
import { DAY_MS, dayOf, resourceDays } from "../usage/usage.ts";
import { seenOf } from "./seen.ts";
import type { Situation } from "./situation.ts";

export type ConfidenceLevel = "low" | "medium" | "high";

/** What confidence rests on; each 0 to 1, and more is better. */
export interface Grounds {
  /** Share of the window that samples cover. */
  readonly coverage: number;
  /** Samples, against a thousand. */
  readonly samples: number;
  /** Days of the present image, against a week. */
  readonly age: number;
  /** The height of the median day against the highest. */
  readonly evenness: number;
  /** The height of the earlier days against the later ones: less than 1 where use grows. */
  readonly levelness: number;
  /** How near what would have been advised one and three days ago is to today's. */
  readonly stability: number;
}

/**
 * Fitted by hand to whether advice held in the week after it, on generated families and on real series
 * (docs/advice.md): a growing use spoils the most advice, days that differ come next.
 */
const WEIGHTS: Grounds = {
  coverage: 0.4,
  samples: 0.3,
  age: 0.3,
  evenness: 0.8,
  levelness: 2,
  stability: 0.4,
};
const BIAS = -1.8;

/** Of advice with this confidence, about this share holds for a week. */
export function confidence(grounds: Grounds): number {
  const { coverage, samples, age, evenness, levelness, stability } = WEIGHTS;
  const weight =
    BIAS +
    coverage * grounds.coverage +
    samples * grounds.samples +
    age * grounds.age +
    evenness * grounds.evenness +
    levelness * grounds.levelness +
    stability * grounds.stability;
  return 1 / (1 + Math.exp(-weight));
}

export function levelOf(score: number): ConfidenceLevel {
  return score >= 0.88 ? "high" : score >= 0.75 ? "medium" : "low";
}

/**
 * Of the resource that is least sure; 0 where neither was seen. What is not to change is not asked how stable
 * the advice would have been.
 */
export function confidenceOf(situations: readonly Situation[], changes: boolean): number {
  const scores = situations.flatMap((situation) => {
    const grounds = groundsOf(situation, changes);
    return grounds ? [confidence(grounds)] : [];
  });
  return scores.length === 0 ? 0 : Math.round(Math.min(...scores) * 100) / 100;
}

function groundsOf(situation: Situation, changes: boolean): Grounds | undefined {
  const { usage, resource, window, learning } = situation;
  const seen = seenOf(usage, resource);
  if (seen.samples === 0) return undefined;
  const heights = dayHeights(situation);
  const half = heights.length / 2;
  return {
    coverage: Math.min(1, (seen.coveredSeconds * 1000) / (window.endMs - window.startMs)),
    samples: Math.min(1, seen.samples / 1000),
    age: Math.min(1, learning.imageDays / 7),
    evenness: share(median(heights), Math.max(...heights)),
    levelness: share(median(heights.slice(0, Math.ceil(half))), median(heights.slice(Math.floor(half)))),
    stability: changes ? stabilityOf(situation) : 1,
  };
}

/** The 95th percentile of the highest pod, by day. */
function dayHeights({ usage, resource }: Situation): number[] {
  const byDay = Map.groupBy(resourceDays(usage, resource), ({ day }) => day);
  return [...byDay.values()].map((pods) => greatest(pods.map(({ values }) => values.quantile(0.95))));
}

const DAYS_AGO = [1, 3];

function stabilityOf({ atMs, resource, container, needAt }: Situation): number {
  // What is there today was not there then, and would hold the advice to itself.
  const current = { limit: container.resources.limits[resource] };
  const needs = [0, ...DAYS_AGO].flatMap((daysAgo) => {
    const lastDay = daysAgo === 0 ? undefined : dayOf(atMs) - daysAgo;
    return needAt({ atMs: atMs - daysAgo * DAY_MS, current, lastDay })?.request ?? [];
  });
  return needs.length === 0 ? 0 : share(Math.min(...needs), Math.max(...needs));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

/** At most 1, also where both are 0. */
function share(part: number, whole: number): number {
  return part >= whole ? 1 : part / whole;
}
