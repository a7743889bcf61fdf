import { dayOf, resourceDays } from "../usage/usage.ts";
import { needOf } from "./need.ts";
import { seenOf } from "./seen.ts";
import type { Situation } from "./situation.ts";

export type ConfidenceLevel = "low" | "medium" | "high";

/** What confidence rests on; each 0 to 1, and more is better. */
export interface Grounds {
  /** Share of the window that samples cover. */
  readonly coverage: number;
  /** Against a thousand of them. */
  readonly samples: number;
  /** Days of the present image against a week. */
  readonly age: number;
  /** The median day against the highest, by their 95th percentiles. */
  readonly evenness: number;
  /** How near the advice of the last three days is to today's. */
  readonly stability: number;
}

/** Of advice with this confidence, about this share holds for a week; see docs/advice.md. */
export function confidence(grounds: Grounds): number {
  return grounds.coverage * grounds.samples * grounds.age * grounds.evenness * grounds.stability;
}

export function levelOf(score: number): ConfidenceLevel {
  return score >= 0.85 ? "high" : score >= 0.6 ? "medium" : "low";
}

/** Of the resource that is least sure; 0 where nothing was seen. */
export function confidenceOf(situations: readonly Situation[]): number {
  const scores = situations.map(groundsOf).map((grounds) => (grounds ? confidence(grounds) : 0));
  return scores.length === 0 ? 0 : Math.round(Math.min(...scores) * 100) / 100;
}

function groundsOf(situation: Situation): Grounds | undefined {
  const { usage, resource, window, learning } = situation;
  const seen = seenOf(usage, resource);
  if (seen.samples === 0) return undefined;
  return {
    coverage: Math.min(1, (seen.coveredSeconds * 1000) / (window.endMs - window.startMs)),
    samples: Math.min(1, seen.samples / 1000),
    age: Math.min(1, learning.imageDays / 7),
    evenness: evennessOf(situation),
    stability: stabilityOf(situation),
  };
}

function evennessOf({ usage, resource }: Situation): number {
  const byDay = Map.groupBy(resourceDays(usage, resource), ({ day }) => day);
  const heights = [...byDay.values()]
    .map((pods) => Math.max(...pods.map(({ values }) => values.quantile(0.95))))
    .sort((a, b) => a - b);
  const [median, highest] = [heights[Math.floor((heights.length - 1) / 2)] ?? 0, heights.at(-1) ?? 0];
  return highest === 0 ? 1 : median / highest;
}

function stabilityOf(situation: Situation): number {
  const now = needOf(situation)?.request;
  if (now === undefined) return 0;
  const before = [1, 2, 3].flatMap((daysAgo) => {
    const today = dayOf(situation.atMs);
    const days = situation.usage.days.filter(({ day }) => day <= today - daysAgo);
    const atMs = situation.atMs - daysAgo * 86_400_000;
    return needOf({ ...situation, atMs, usage: { ...situation.usage, days } })?.request ?? [];
  });
  return Math.min(1, ...before.map((then) => (then === now ? 1 : Math.min(then, now) / Math.max(then, now))));
}
