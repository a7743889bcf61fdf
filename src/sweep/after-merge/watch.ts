import type { Policy } from "../../advice/policy.ts";
import type { AfterMerge } from "../../domain/after-merge.ts";
import type { Window } from "../../domain/duration.ts";
import type { SignalReading } from "../../domain/signs.ts";
import { workloadKey } from "../../domain/workload.ts";
import type { FollowState } from "../../followup/state.ts";
import { type Target, targetKey } from "../../followup/target.ts";
import { type Finding, saysNothing, whatGotWorse } from "../../followup/worse.ts";
import type { Series, SeriesSource } from "../../metrics/series-source.ts";
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

/** What was found of a target, and which of the policy's signals could not be. */
export interface Found {
  readonly findings: readonly Finding[];
  /** Signals that gave too little to compare, by name. */
  readonly unread: readonly string[];
}

/**
 * What got worse, read for all of them at once. A signal that can't be read is no sign, and hides no other: `warn` is
 * told.
 */
export async function findingsOf(
  series: SeriesSource,
  watched: readonly Watched[],
  warn: (text: string) => void,
): Promise<ReadonlyMap<Target, Found>> {
  if (watched.length === 0) return new Map();
  const workloads = watched.map(({ target }) => target.workload);
  const signs = await readSigns(series, workloads, {
    startMs: Math.min(...watched.map(({ before }) => before.startMs)),
    endMs: Math.max(...watched.map(({ after }) => after.endMs)),
  });
  const found = new Map<Target, Found>();
  for (const one of watched) {
    const { target, afterMerge } = one;
    const key = workloadKey(target.workload);
    const [before, after] = [signs(one.before).get(key), signs(one.after).get(key)];
    if (!before || !after) continue;
    const signals = await readSignals(series, one, warn);
    found.set(target, {
      findings: whatGotWorse(target, { before, after, signals }, afterMerge),
      unread: signals.filter(saysNothing).map(({ name }) => name),
    });
  }
  return found;
}

async function readSignals(
  series: SeriesSource,
  { target: { workload }, afterMerge, before, after }: Watched,
  warn: (text: string) => void,
): Promise<SignalReading[]> {
  const named: Readonly<Record<string, string>> = { ...workload, workload: workload.name };
  const readings: SignalReading[] = [];
  for (const { name, query } of afterMerge.signals) {
    const promql = query.replaceAll(/\$(namespace|kind|workload)\b/g, (_, what: string) => named[what] ?? "");
    const read = async (window: Window): Promise<number[]> =>
      overTime((await series.expression?.(promql, window, SIGNAL_STEP_SECONDS)) ?? []);
    try {
      readings.push({ name, before: await read(before), after: await read(after) });
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown";
      warn(`the signal "${name}" of ${workloadKey(workload)} can't be read: ${why}`);
      readings.push({ name, before: [], after: [] });
    }
  }
  return readings;
}

/** One number for each time, however many series there are then: their mean. What is no number is not there. */
function overTime(all: readonly Series[]): number[] {
  const at = new Map<number, number[]>();
  for (const { timesMs, values } of all)
    for (const [index, timeMs] of timesMs.entries()) {
      const value = values[index];
      if (value === undefined || !Number.isFinite(value)) continue;
      const known = at.get(timeMs);
      if (known) known.push(value);
      else at.set(timeMs, [value]);
    }
  return [...at.values()].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
}
