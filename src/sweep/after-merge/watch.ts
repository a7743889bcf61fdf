import type { Policy } from "../../advice/policy.ts";
import type { AfterMerge } from "../../domain/after-merge.ts";
import type { Window } from "../../domain/duration.ts";
import type { SignalReading } from "../../domain/signs.ts";
import { workloadKey } from "../../domain/workload.ts";
import type { FollowState } from "../../followup/state.ts";
import { type Target, targetKey } from "../../followup/target.ts";
import { type Finding, whatGotWorse } from "../../followup/worse.ts";
import type { SeriesSource } from "../../metrics/series-source.ts";
import { readSigns } from "../../usage/read-signs.ts";

/** A target that is watched, and the times that are compared. */
export interface Watched {
  readonly target: Target;
  readonly afterMerge: AfterMerge;
  readonly before: Window;
  readonly after: Window;
}

/** What came before a merge is looked at for a day at least. */
const BEFORE_SECONDS = 86_400;
/** Pods were replaced a while before it was seen. */
const EARLIER_MS = 600_000;
const SIGNAL_STEP_SECONDS = 300;

/** Nothing where it is not watched: not yet, not any more, or not at all. */
export function watchOf(
  target: Target,
  { afterMerge }: Policy,
  { mergedMs, targets }: FollowState,
  nowMs: number,
): Watched[] {
  const { arrivedMs, left } = targets[targetKey(target)] ?? {};
  const watchMs = afterMerge.watchSeconds * 1000;
  if (arrivedMs === undefined || left || watchMs === 0) return [];
  const after = {
    startMs: Math.max(mergedMs, arrivedMs - EARLIER_MS),
    endMs: Math.min(nowMs, arrivedMs + watchMs),
  };
  const before = { startMs: mergedMs - Math.max(BEFORE_SECONDS * 1000, watchMs), endMs: mergedMs };
  return after.endMs > after.startMs ? [{ target, afterMerge, before, after }] : [];
}

/** What got worse, read for all of them at once. */
export async function findingsOf(
  series: SeriesSource,
  watched: readonly Watched[],
): Promise<ReadonlyMap<Target, readonly Finding[]>> {
  if (watched.length === 0) return new Map();
  const workloads = watched.map(({ target }) => target.workload);
  const signs = await readSigns(series, workloads, {
    startMs: Math.min(...watched.map(({ before }) => before.startMs)),
    endMs: Math.max(...watched.map(({ after }) => after.endMs)),
  });
  const found = new Map<Target, readonly Finding[]>();
  for (const one of watched) {
    const { target, afterMerge } = one;
    const key = workloadKey(target.workload);
    const [before, after] = [signs(one.before).get(key), signs(one.after).get(key)];
    if (!before || !after) continue;
    const signals = await readSignals(series, one);
    found.set(target, whatGotWorse(target, { before, after, signals }, afterMerge));
  }
  return found;
}

async function readSignals(
  series: SeriesSource,
  { target: { workload }, afterMerge, before, after }: Watched,
): Promise<SignalReading[]> {
  const named: Readonly<Record<string, string>> = { ...workload, workload: workload.name };
  const readings: SignalReading[] = [];
  for (const { name, query } of afterMerge.signals) {
    const promql = query.replaceAll(/\$(namespace|kind|workload)\b/g, (_, what: string) => named[what] ?? "");
    const read = async (window: Window): Promise<number[]> =>
      ((await series.expression?.(promql, window, SIGNAL_STEP_SECONDS)) ?? [])
        .flatMap(({ values }) => [...values])
        .filter(Number.isFinite);
    readings.push({ name, before: await read(before), after: await read(after) });
  }
  return readings;
}
