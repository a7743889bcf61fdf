import { baseUnits, type Quantity } from "../../domain/quantity.ts";
import { type ContainerUsage, DAY_MS, type PodDay, resourceDays } from "../../usage/usage.ts";
import { byPod } from "./recent-days.ts";
import { killsAt, runningPods } from "./running-pods.ts";

/** The highest use in 24 hours of a pod; it counts at their end. */
export interface MemoryPeak {
  readonly bytes: number;
  readonly endMs: number;
}

const OOM_RATIO = 1.2;
const OOM_AT_LEAST = 100 * 2 ** 20;

/**
 * The peaks as VPA takes them (pkg/recommender/model/container.go): one for every 24 hours since a pod's
 * first sample, or for every UTC day where single samples are not known. One kill for memory makes a peak of
 * what it would have needed; `request` is that of the pods that still run.
 */
export function memoryPeaks(usage: ContainerUsage, request: Quantity | undefined): MemoryPeak[] {
  const running = runningPods(usage);
  const placeOf = ({ pod, day }: Pick<PodDay, "pod" | "day">): string => `${day}/${pod}`;
  const killed = new Set(killsAt(0, usage.days).map(placeOf));
  const killedNow = new Set(
    request === undefined ? [] : killsAt(baseUnits(request), usage.days).map(placeOf),
  );
  return [...byPod(resourceDays(usage, "memory"))].flatMap(([pod, days]) => {
    const firstMs = days[0]?.firstMs ?? 0;
    const peaks = new Map<number, number>();
    const see = (bytes: number, endMs: number): unknown =>
      peaks.set(endMs, Math.max(peaks.get(endMs) ?? 0, Math.trunc(bytes)));
    for (const day of days) {
      for (const [bytes, endMs] of peaksOf(day, firstMs)) see(bytes, endMs);
      const place = placeOf(day);
      const asked =
        request !== undefined && running.has(pod) && killedNow.has(place) ? baseUnits(request) : 0;
      if (killed.has(place)) see(afterKill(Math.max(asked, day.values.max)), endOf(day, firstMs));
    }
    return Array.from(peaks, ([endMs, bytes]) => ({ bytes, endMs }));
  });
}

/** What a container needs that was killed when it used so many bytes. */
export function afterKill(bytes: number): number {
  return Math.max(bytes + OOM_AT_LEAST, Math.trunc(bytes * OOM_RATIO));
}

function* peaksOf(day: PodDay, firstMs: number): Generator<readonly [bytes: number, endMs: number]> {
  if (!day.samples) return yield [day.values.max, endOf(day, firstMs)];
  for (const [index, timeMs] of day.samples.timesMs.entries())
    yield [day.samples.values[index] ?? 0, intervalEnd(timeMs, firstMs)];
}

function endOf(day: PodDay, firstMs: number): number {
  return day.samples ? intervalEnd(day.lastMs, firstMs) : (day.day + 1) * DAY_MS;
}

function intervalEnd(timeMs: number, firstMs: number): number {
  return firstMs + (Math.floor((timeMs - firstMs) / DAY_MS) + 1) * DAY_MS;
}
