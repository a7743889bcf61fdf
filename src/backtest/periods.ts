import type { Distribution } from "../usage/distribution.ts";
import type { Past } from "./past.ts";

/** When decisions are made, and how long they hold. */
export interface Schedule {
  readonly everySeconds: number;
  /** From the first sample to the first decision. */
  readonly warmupSeconds: number;
  /** No more decisions than these. */
  readonly mostPeriods: number;
  /** A period with fewer samples, over all pods, is left out. */
  readonly minimumSamples: number;
}

/** From a decision until the next one. */
export interface Period {
  readonly startMs: number;
  /** What each pod used in it. */
  readonly used: readonly Distribution[];
}

/** The periods of a past that can be scored, in the order of time. */
export function periodsOf(past: Past, schedule: Schedule): Period[] {
  const everyMs = schedule.everySeconds * 1000;
  const found: Period[] = [];
  for (let index = 0; index < schedule.mostPeriods; index++) {
    const startMs = past.firstMs + schedule.warmupSeconds * 1000 + index * everyMs;
    if (startMs > past.lastMs) break;
    const used = past.used(startMs, startMs + everyMs);
    if (used.reduce((sum, { count }) => sum + count, 0) >= schedule.minimumSamples)
      found.push({ startMs, used });
  }
  return found;
}
