import { memoryQuantity } from "../../../domain/quantity.ts";
import { type ContainerUsage, resourceDays } from "../../../usage/usage.ts";
import type { Need } from "../../strategy.ts";
import { killedAtLimit } from "../running-pods.ts";
import { tomorrow } from "./leak.ts";
import { marginOf } from "./memory-margin.ts";
import type { MemoryProfile } from "./profile.ts";

/** A request stays as it is until it is so many times what is needed. */
const KEPT_UP_TO = 1.15;
/** As VPA after an OOM kill. */
const AFTER_KILL = 1.2;

/** A number of bytes, and what asks for them: put into words for the largest alone. */
interface Asked {
  readonly bytes: number;
  readonly because: () => string;
}

/**
 * Bytes: the highest use of the window with a margin for what it did not show, or more where a leak will be
 * above that tomorrow, or where a pod was killed at its limit. Never below the highest use and the profile's
 * margin. `current` in bytes.
 */
export function memoryNeed(
  usage: ContainerUsage,
  current: { readonly request: number | undefined; readonly limit: number | undefined },
  profile: MemoryProfile,
): Need | undefined {
  const peaks = dailyPeaks(usage);
  if (peaks.length === 0) return undefined;
  const { bytes, because } = [
    byPeak(peaks, profile),
    byLeak(peaks, profile),
    byKill(usage, current.limit ?? 0),
  ].reduce((most, one) => (one.bytes > most.bytes ? one : most));
  const { request } = current;
  return request !== undefined && request >= bytes && request <= bytes * KEPT_UP_TO
    ? { request, because: `${memoryQuantity(request)} stays: it holds ${because()}` }
    : { request: bytes, because: because() };
}

function byPeak(peaks: readonly number[], profile: MemoryProfile): Asked {
  const peak = Math.max(...peaks);
  const { margin, because } = marginOf(peaks, profile);
  return {
    bytes: peak * (1 + margin),
    because: () =>
      `the highest use of ${peaks.length} days, ${memoryQuantity(peak)}, and ${Number((margin * 100).toFixed(1))} % more${because}`,
  };
}

function byLeak(peaks: readonly number[], { margin }: MemoryProfile): Asked {
  const { bytes, aDay } = tomorrow(peaks);
  return {
    bytes: bytes * (1 + margin),
    because: () =>
      `${memoryQuantity(bytes)}, where a growth of ${memoryQuantity(aDay)} a day leads by tomorrow, and ${margin * 100} % more`,
  };
}

function byKill(usage: ContainerUsage, limit: number): Asked {
  return {
    bytes: limit > 0 && killedAtLimit(usage, limit) ? limit * AFTER_KILL : 0,
    because: () => `a fifth more than its limit of ${memoryQuantity(limit)}, at which it was killed`,
  };
}

/** The highest use of any pod on each day, ascending by day. */
function dailyPeaks(usage: ContainerUsage): number[] {
  const peaks = new Map<number, number>();
  for (const { day, values } of resourceDays(usage, "memory"))
    if (values.max >= 0 && values.max < Infinity) peaks.set(day, Math.max(values.max, peaks.get(day) ?? 0));
  return [...peaks].sort(([a], [b]) => a - b).map(([, peak]) => peak);
}
