import { DAY_MS } from "../../usage/usage.ts";
import type { Guard } from "../guard.ts";
import { readable } from "../readable.ts";
import type { Situation } from "../situation.ts";

/**
 * How often nodes short of memory threw the container out of late, and what it used at most then; 0 where never.
 * It can't have used more than its limit, whatever an event says; and an older image's evictions are not its own.
 */
export function evictedOf({ workload, container, current, usage, whole, atMs, policy }: Situation): {
  readonly times: number;
  readonly usedBytes: number;
} {
  const firstDay =
    usage === whole
      ? 0
      : usage.days.reduce((first, { day }) => Math.min(first, day), Number.POSITIVE_INFINITY);
  const since = Math.max(atMs - policy.guards.daysAfterOomKill * DAY_MS, firstDay * DAY_MS);
  const recent = (workload.evictions ?? []).filter(
    (one) => one.container === container.name && one.atMs >= since,
  );
  const usedBytes = Math.max(0, ...recent.map((one) => one.usedBytes));
  return { times: recent.length, usedBytes: Math.min(usedBytes, current.limit ?? usedBytes) };
}

/** What it used when it was thrown out stays asked for, also where metrics did not see it. */
export const evicted: Guard = (situation) => {
  const { resource, policy } = situation;
  if (resource !== "memory") return [];
  const { times, usedBytes } = evictedOf(situation);
  if (times === 0) return [];
  return [
    {
      side: "requests",
      code: "evicted",
      message: `a node short of memory threw it out in the last ${policy.guards.daysAfterOomKill} days`,
      least: readable("memory", usedBytes),
      firm: true,
    },
  ];
};
