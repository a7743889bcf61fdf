import type { AfterMerge } from "../domain/after-merge.ts";
import { isRolledOut } from "../domain/rollout.ts";
import { type Sight, UNSEEN } from "./sight.ts";
import { type FollowState, latenessOf, type TargetState } from "./state.ts";
import { type Target, targetKey } from "./target.ts";

/** A merged pull request. */
export interface Merged {
  /** What the merge made of the base. */
  readonly commit: string;
  readonly mergedMs: number;
  readonly targets: readonly Target[];
}

export type FollowTerms = Pick<AfterMerge, "syncWithinSeconds" | "watchSeconds">;

/** What there is to see now, each by target. */
export interface Seen {
  readonly sights: ReadonlyMap<string, Sight>;
  /** What got worse since the amounts arrived, a sentence each. */
  readonly worse: ReadonlyMap<string, readonly string[]>;
  /** Signals of policies that say nothing of the time since, by name. */
  readonly unread?: readonly string[];
  readonly terms: ReadonlyMap<string, FollowTerms>;
  readonly nowMs: number;
}

/** What has not arrived a week after the time to watch is not waited for any more. */
const GIVE_UP_MS = 7 * 86_400_000;

export function begin({ commit, mergedMs, targets }: Merged): FollowState {
  return {
    version: 1,
    commit,
    mergedMs,
    targets: Object.fromEntries(targets.map((target) => [targetKey(target), {}])),
  };
}

/**
 * What is known of a merge after one more look. Nothing that is known is unlearned, and after a verdict nothing
 * is added, so that looking twice changes nothing.
 */
export function follow(state: FollowState, seen: Seen): FollowState {
  if (state.verdict) return state;
  const targets = Object.fromEntries(
    Object.entries(state.targets).map(([key, target]) => [key, next(target, key, state, seen)]),
  );
  const followed = { ...state, targets };
  const worse = [...seen.worse].flatMap(([key, sentences]) =>
    targets[key]?.arrivedMs === undefined ? [] : sentences,
  );
  if (worse.length > 0) return { ...followed, verdict: "worse", worse };
  const watchUntilMs = watchedUntil(followed, seen);
  const watched = watchUntilMs === undefined ? followed : { ...followed, watchUntilMs };
  const verdict = verdictOf(watched, seen);
  const { unread = [] } = seen;
  return verdict
    ? { ...watched, verdict, ...(verdict === "well" && unread.length > 0 ? { unread: [...unread] } : {}) }
    : watched;
}

function next(before: TargetState, key: string, { mergedMs }: FollowState, seen: Seen): TargetState {
  if (before.left) return before;
  const { nowMs } = seen;
  const { amounts, rollout, delivery } = seen.sights.get(key) ?? UNSEEN;
  const lateMs = termsOf(seen, key).syncWithinSeconds * 1000;
  const state = { ...before };
  delete state.waits;
  const arrived = amounts === "arrived";
  if (delivery) state.delivery ??= delivery.name;
  if (delivery?.revision !== undefined) state.revision ??= delivery.revision;
  if (arrived || delivery?.revision !== undefined) state.syncedMs ??= nowMs;
  // Where amounts can't be seen, the word of the delivery counts.
  if (arrived || (amounts === "unknown" && state.syncedMs !== undefined)) state.arrivedMs ??= nowMs;
  if (amounts === "gone") return { ...state, left: "gone" };
  if (amounts === "other" && state.arrivedMs !== undefined) return { ...state, left: "replaced" };
  if (amounts === "other" && state.syncedMs !== undefined && nowMs - state.syncedMs > lateMs)
    return { ...state, left: "no-effect" };
  const rolledOut = rollout ? isRolledOut(rollout) : delivery?.healthy;
  if (state.arrivedMs !== undefined && rolledOut && delivery?.healthy !== false && !state.healthyMs) {
    state.healthyMs = nowMs;
    if (rollout) state.pods = rollout.ready;
  }
  const since = state.syncedMs ?? mergedMs;
  if (state.healthyMs === undefined && nowMs - since > lateMs)
    state.waits = delivery?.hindered ?? waitsFor(state, rolledOut !== undefined);
  return state;
}

function waitsFor({ syncedMs, arrivedMs }: TargetState, isSeen: boolean): NonNullable<TargetState["waits"]> {
  if (syncedMs === undefined)
    return { code: "not-there", message: "the cluster does not have the merged amounts yet" };
  if (arrivedMs === undefined)
    return {
      code: "other-amounts",
      message: "it is synced, but other amounts run than those that were merged",
    };
  if (!isSeen) return { code: "unseen", message: "nothing tells whether all pods are replaced and ready" };
  return { code: "not-ready", message: "not all pods are replaced and ready" };
}

function termsOf(seen: Seen, key: string): FollowTerms {
  return seen.terms.get(key) ?? { syncWithinSeconds: 0, watchSeconds: 0 };
}

/** Known once every target that is still followed has arrived. */
function watchedUntil({ targets }: FollowState, seen: Seen): number | undefined {
  const followed = Object.entries(targets).filter(([, { left }]) => left === undefined);
  const ends = followed.map(([key, { arrivedMs }]) =>
    arrivedMs === undefined ? Infinity : arrivedMs + termsOf(seen, key).watchSeconds * 1000,
  );
  const last = Math.max(0, ...ends);
  return last === 0 || last === Infinity ? undefined : last;
}

function verdictOf(state: FollowState, seen: Seen): FollowState["verdict"] {
  const { targets, mergedMs, watchUntilMs } = state;
  const followed = Object.entries(targets).filter(([, { left }]) => left === undefined);
  if (followed.length === 0) return "left";
  const longestMs = Math.max(...followed.map(([key]) => termsOf(seen, key).watchSeconds)) * 1000;
  const isGivenUp = seen.nowMs > mergedMs + longestMs + GIVE_UP_MS;
  if (watchUntilMs === undefined) return isGivenUp ? "not-synced" : undefined;
  if (seen.nowMs < watchUntilMs) return undefined;
  // What is late once the time to watch is over may still come.
  const isLate = followed.some(([, target]) => latenessOf(target) !== undefined);
  if (longestMs > 0) return isLate && !isGivenUp ? undefined : "well";
  // Unwatched, it ends when all is well, or when what is in the way was said.
  const settled = followed.every(
    ([, { healthyMs, waits }]) => healthyMs !== undefined || waits !== undefined,
  );
  return settled ? "unwatched" : undefined;
}
