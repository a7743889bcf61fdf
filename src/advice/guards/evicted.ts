import type { Guard } from "../guard.ts";
import { readable } from "../readable.ts";
import type { Situation } from "../situation.ts";

/** How often nodes short of memory threw the container out of late, and what it used at most then; 0 where never. */
export function evictedOf({ workload, container, atMs, policy }: Situation): {
  readonly times: number;
  readonly usedBytes: number;
} {
  const since = atMs - policy.guards.daysAfterOomKill * 86_400_000;
  const recent = (workload.evictions ?? []).filter(
    (one) => one.container === container.name && one.atMs >= since,
  );
  return { times: recent.length, usedBytes: Math.max(0, ...recent.map(({ usedBytes }) => usedBytes)) };
}

/** What it used when it was thrown out stays asked for, also where metrics did not see it. */
export const evicted: Guard = (situation) => {
  const { resource, policy } = situation;
  const { times, usedBytes } = evictedOf(situation);
  if (resource !== "memory" || times === 0) return [];
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
