import { memoryQuantity } from "../../../domain/quantity.ts";
import { type ContainerUsage, type PodDay, resourceDays } from "../../../usage/usage.ts";
import type { Need } from "../../strategy.ts";
import { killedAtLimit } from "../running-pods.ts";
import { spreadOf } from "./peak-spread.ts";
import type { MemoryProfile } from "./profile.ts";
import { nextRise } from "./rise.ts";
import { type Course, courseOfDays, courseOfHours } from "./tomorrow.ts";

/** A request stays as it is until it is so many times what is needed. */
const KEPT_UP_TO = 1.05;
/** As VPA after an OOM kill. */
const AFTER_KILL = 1.2;
/** What was seen once or for hours asks for no more than so many times the highest use. */
const MOST = 1.5;

/** A number of bytes, and what asks for them: put into words for the largest alone. */
interface Asked {
  readonly bytes: number;
  readonly because: () => string;
}

/**
 * Bytes: the highest use of the window with a margin for what it did not show, or more where use will be above
 * that tomorrow as it goes now, or where a pod was killed at its limit. Never below the highest use and the
 * profile's margin. `current` in bytes.
 */
export function memoryNeed(
  usage: ContainerUsage,
  current: { readonly request: number | undefined; readonly limit: number | undefined },
  profile: MemoryProfile,
): Need | undefined {
  const days = resourceDays(usage, "memory").filter(({ values }) => values.max >= 0 && values.max < Infinity);
  if (days.length === 0) return undefined;
  const peaks = dailyPeaks(days);
  const peak = Math.max(...peaks);
  const { bytes, because } = [
    byPeak(peaks, profile),
    atMost(peak * MOST, byRise(peaks, profile)),
    atMost(peak * MOST, byCourse(courseOfHours(days))),
    byCourse(courseOfDays(peaks), profile.margin),
    byKill(usage, current.limit ?? 0),
  ].reduce((most, one) => (one.bytes > most.bytes ? one : most));
  const { request } = current;
  return request !== undefined && request >= bytes && request <= bytes * KEPT_UP_TO
    ? { request, because: `${memoryQuantity(request)} stays: it holds ${because()}` }
    : { request: bytes, because: because() };
}

/** The more the highest days differ, the more above them, up to twice the margin. */
function byPeak(peaks: readonly number[], { margin }: MemoryProfile): Asked {
  const [peak, more] = [Math.max(...peaks), margin + Math.min(margin, spreadOf(peaks))];
  return {
    bytes: peak * (1 + more),
    because: () =>
      `the highest use of ${peaks.length} days, ${memoryQuantity(peak)}, and ${percent(more)} more`,
  };
}

function byRise(peaks: readonly number[], { rise }: MemoryProfile): Asked {
  const next = nextRise(peaks);
  return {
    bytes: next ? next.from * next.times ** rise : 0,
    because: () =>
      `one more rise from ${memoryQuantity(next?.from ?? 0)}, as it lately rose by ${percent((next?.times ?? 1) - 1)} above all days before`,
  };
}

function byCourse(course: Course | undefined, margin = 0): Asked {
  const { bytes, aDay } = course ?? { bytes: 0, aDay: 0 };
  return {
    bytes: bytes * (1 + margin),
    because: () =>
      `${memoryQuantity(bytes)}, where a growth of ${memoryQuantity(aDay)} a day leads by tomorrow${margin > 0 ? `, and ${percent(margin)} more` : ""}`,
  };
}

function byKill(usage: ContainerUsage, limit: number): Asked {
  return {
    bytes: limit > 0 && killedAtLimit(usage, limit) ? limit * AFTER_KILL : 0,
    because: () => `a fifth more than its limit of ${memoryQuantity(limit)}, at which it was killed`,
  };
}

function atMost(most: number, { bytes, because }: Asked): Asked {
  return { bytes: Math.min(bytes, most), because };
}

/** The highest use of any pod on each day, ascending by day. */
function dailyPeaks(days: readonly PodDay[]): number[] {
  const peaks = new Map<number, number>();
  for (const { day, values } of days) peaks.set(day, Math.max(values.max, peaks.get(day) ?? 0));
  return [...peaks].sort(([a], [b]) => a - b).map(([, peak]) => peak);
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
