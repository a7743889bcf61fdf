import type { Reason } from "../domain/reason.ts";
import type { ResourceName } from "../domain/resources.ts";
import { type ContainerDay, type ContainerUsage, dayOf } from "../usage/usage.ts";
import type { Situation } from "./situation.ts";
import { evictedOf } from "./guards/evicted.ts";
import { killsAt } from "./strategies/running-pods.ts";

/** A container that had too little: what it needs at least, in cores or bytes. */
export interface Starved extends Reason {
  /** As a request where there is no limit that could be in its way. */
  readonly side: "requests" | "limits";
  readonly least: number;
}

/** What is newer tells of the present. */
const RECENT_DAYS = 3;
/** A pod that was killed or throttled before that may have had a lower limit then. */
const UNDER_PRESENT_LIMIT_DAYS = 1;
const FEWEST_PERIODS = 100;
/** As VPA after an OOM kill: a fifth more, at least 100 MiB. */
const OOM_FACTOR = 1.2;
const OOM_BYTES = 100 * 2 ** 20;
const FACTOR = 1.2;
/** A heap of less of the limit leaves room that it does not fill. */
const FILLING_SHARE = 0.5;

/** Whether OOM kills, evictions, throttling or a use near the limit say that it has too little; `undefined` where none does. */
export function starvedOf(situation: Situation): Starved | undefined {
  return situation.resource === "memory"
    ? (killed(situation) ?? evicted(situation) ?? nearLimit(situation))
    : (throttled(situation) ?? nearLimit(situation));
}

function killed({ usage, current, atMs, policy }: Situation): Starved | undefined {
  const { daysAfterOomKill } = policy.guards;
  const since = dayOf(atMs) - daysAfterOomKill;
  const days = usage.days.filter(({ day, events }) => day >= since && (events?.oomKills ?? 0) > 0);
  if (days.length === 0) return undefined;
  const kills = days.reduce((sum, { events }) => sum + (events?.oomKills ?? 0), 0);
  const present = current.limit ?? current.request ?? 0;
  const used = days.reduce(
    (most, { memory }) => Math.max(most, memory?.values.max ?? 0),
    underPresentLimit(killsAt(present, days), usage.days, atMs) ? present : 0,
  );
  return {
    code: "oom-kill",
    message: `it was killed for lack of memory ${kills === 1 ? "once" : `${kills} times`} in the last ${daysAfterOomKill} days`,
    side: current.limit === undefined ? "requests" : "limits",
    least: Math.max(used * OOM_FACTOR, used + OOM_BYTES),
  };
}

/** More than it had asked for is what a node takes back first; a request that covers it now is no want. */
function evicted(situation: Situation): Starved | undefined {
  const { current, policy } = situation;
  const { times, usedBytes } = evictedOf(situation);
  if (usedBytes <= (current.request ?? 0)) return undefined;
  return {
    code: "evicted",
    message: `a node short of memory threw it out ${times === 1 ? "once" : `${times} times`} in the last ${policy.guards.daysAfterOomKill} days, as it used ${Math.round(usedBytes / 2 ** 20)} MiB, more than its request`,
    side: "requests",
    least: usedBytes * FACTOR,
  };
}

function throttled({ usage, current, atMs, policy }: Situation): Starved | undefined {
  if (current.limit === undefined) return undefined;
  const days = usage.days.filter(({ day }) => day >= dayOf(atMs) - RECENT_DAYS);
  const held = days.reduce((sum, { events }) => sum + (events?.throttledPeriods ?? 0), 0);
  const all = days.reduce((sum, { events }) => sum + (events?.periods ?? 0), 0);
  const percent = (held / Math.max(1, all)) * 100;
  if (all < FEWEST_PERIODS || percent < policy.guards.throttledPercent) return undefined;
  const bad = days.filter(({ events }) => (events?.throttledPeriods ?? 0) > 0);
  return {
    code: "throttled",
    message: `its CPU limit throttled it in ${Math.round(percent)} % of the last days' periods`,
    side: "limits",
    least:
      FACTOR * (underPresentLimit(bad, usage.days, atMs) ? current.limit : recentHeight(usage, "cpu", atMs)),
  };
}

function nearLimit({ resource, container, usage, current, atMs, policy }: Situation): Starved | undefined {
  // A heap that is sized by the limit fills whatever it is given.
  const fills =
    resource === "memory" &&
    container.heap?.some((setting) => "shareOfLimit" in setting && setting.shareOfLimit >= FILLING_SHARE);
  if (current.limit === undefined || fills) return undefined;
  const p99 = recentHeight(usage, resource, atMs);
  const percent = policy.guards.nearLimitPercent;
  if (p99 === 0 || p99 < (current.limit * percent) / 100) return undefined;
  return {
    code: "near-limit",
    message: `the 99th percentile of the last ${RECENT_DAYS} days is within ${100 - percent} % of its limit`,
    side: "limits",
    least: p99 * FACTOR,
  };
}

/** Whether one of these days is of a pod that still runs, and so new that the limit is most likely the same. */
function underPresentLimit(
  bad: readonly ContainerDay[],
  all: readonly ContainerDay[],
  atMs: number,
): boolean {
  const lastDay = all.reduce((last, { day }) => Math.max(last, day), 0);
  const running = new Set(all.filter(({ day }) => day === lastDay).map(({ pod }) => pod));
  return bad.some(({ day, pod }) => day >= dayOf(atMs) - UNDER_PRESENT_LIMIT_DAYS && running.has(pod));
}

/** The 99th percentile of the highest of the last days, in cores or bytes. */
export function recentHeight(usage: ContainerUsage, resource: ResourceName, atMs: number): number {
  return usage.days.reduce((most, day) => {
    const values = day[resource]?.values;
    const recent = day.day >= dayOf(atMs) - RECENT_DAYS && values && values.count > 0;
    return recent ? Math.max(most, values.quantile(0.99)) : most;
  }, 0);
}
