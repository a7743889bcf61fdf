import { Cron } from "croner";
import picomatch from "picomatch";
import type { Delivery, SyncWindow } from "../../domain/delivery.ts";
import type { ProjectWindow } from "./sync-windows.ts";

/** When a delivery may sync by itself. */
export type SyncTimes = Pick<Delivery, "deniedBy" | "syncTurn">;

/** So far is looked for a time at which it changes whether may be synced. */
const HORIZON_MS = 366 * 86_400_000;
/** Over all windows of a delivery: those that come every minute would take for ever. */
const MOST_STEPS = 1000;

/** Tells of the deliveries of a project when they may sync by themselves; of those in the same windows only once. */
export function syncTimes(
  windows: readonly ProjectWindow[],
  nowMs: number,
): (delivery: Pick<Delivery, "name" | "destination">) => SyncTimes {
  const known = new Map<string, SyncTimes>();
  return (delivery) => {
    const own = windows.filter((window) => concerns(window, delivery));
    const key = own.map((window) => windows.indexOf(window)).join();
    const times = known.get(key) ?? timesOf(own, nowMs);
    known.set(key, times);
    return times;
  };
}

function timesOf(own: readonly ProjectWindow[], nowMs: number): SyncTimes {
  if (own.length === 0) return { deniedBy: [] };
  const timed = own.map((window): Timed => {
    const { schedule, timeZone } = window;
    return { window, cron: new Cron(schedule, { paused: true, timezone: timeZone }) };
  });
  const syncTurn = turnAfter(timed, nowMs);
  return {
    deniedBy: denying(timed, nowMs).map(({ window }) => plain(window)),
    ...(syncTurn ? { syncTurn } : {}),
  };
}

interface Timed {
  readonly window: SyncWindow;
  readonly cron: Cron;
}

/**
 * Because of which windows nothing is synced by itself: active ones that deny, else, where there are windows that
 * allow and none of them is active, these.
 */
function denying(own: readonly Timed[], atMs: number): readonly Timed[] {
  const active = own.filter((one) => endOf(one, atMs) !== undefined);
  const denied = active.filter(({ window }) => window.kind === "deny");
  if (denied.length > 0) return denied;
  return active.length > 0 ? [] : own.filter(({ window }) => window.kind === "allow");
}

/** The next time at which what is denied is allowed, or the other way round. */
function turnAfter(own: readonly Timed[], nowMs: number): Delivery["syncTurn"] {
  const denied = denying(own, nowMs).length > 0;
  let atMs = nowMs;
  for (let step = 0; step < MOST_STEPS / own.length; step++) {
    const [next] = own.flatMap((one) => boundariesAfter(one, atMs)).toSorted((a, b) => a.atMs - b.atMs);
    if (!next || next.atMs > nowMs + HORIZON_MS) return { never: true };
    atMs = next.atMs;
    if (denying(own, atMs).length > 0 !== denied) return next;
  }
  return undefined;
}

function boundariesAfter(one: Timed, atMs: number): { readonly atMs: number; readonly timeZone: string }[] {
  const { timeZone } = one.window;
  return [endOf(one, atMs), beginAfter(one, atMs)].flatMap((time) =>
    time === undefined ? [] : [{ atMs: time, timeZone }],
  );
}

/** When the first of those that are active ends; `undefined` where none is: it began within its length before. */
function endOf(one: Timed, atMs: number): number | undefined {
  const lengthMs = one.window.durationSeconds * 1000;
  const began = beginAfter(one, atMs - lengthMs);
  return began === undefined || began > atMs ? undefined : began + lengthMs;
}

function beginAfter({ cron }: Timed, atMs: number): number | undefined {
  return cron.nextRun(new Date(atMs))?.getTime();
}

function plain({ kind, schedule, durationSeconds, timeZone, manualSync }: SyncWindow): SyncWindow {
  return { kind, schedule, durationSeconds, timeZone, manualSync };
}

function concerns(
  { applications, namespaces, clusters, all }: ProjectWindow,
  { name, destination }: Pick<Delivery, "name" | "destination">,
): boolean {
  const { server, name: called, namespace } = destination;
  const asked = [
    { globs: applications, texts: [name] },
    { globs: namespaces, texts: [namespace] },
    { globs: clusters, texts: [server, called] },
  ].filter(({ globs }) => globs.length > 0);
  const matches = asked.map(({ globs, texts }) =>
    texts.some((text) => text !== undefined && picomatch.isMatch(text, [...globs], GLOB)),
  );
  return matches.length > 0 && (all ? matches.every(Boolean) : matches.some(Boolean));
}

/** Argo's globs have no folders: `*` goes over a slash, too. */
const GLOB = { bash: true, dot: true, nonegate: true, noextglob: true };
