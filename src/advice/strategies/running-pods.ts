import { greatest } from "../../usage/distribution.ts";
import { type ContainerDay, type ContainerUsage, resourceDays } from "../../usage/usage.ts";

/** A pod whose samples end so much before the newest ones is gone. */
const GONE_AFTER_MS = 15 * 60_000;

/**
 * The pods that still run, as far as memory samples tell. Only of these is it known which request and limit
 * they have: those that are gone may have had others, and taking today's for theirs would raise the advice
 * again after every change that followed from it.
 */
export function runningPods(usage: ContainerUsage): ReadonlySet<string> {
  const days = resourceDays(usage, "memory");
  const newestMs = greatest(days.map(({ lastMs }) => lastMs));
  return new Set(days.filter(({ lastMs }) => newestMs - lastMs <= GONE_AFTER_MS).map(({ pod }) => pod));
}

/** Whether a pod that still runs had a container killed for its memory, most likely at its present limit. */
export function killedAtLimit(usage: ContainerUsage, bytes: number): boolean {
  const kills = killsAt(bytes, usage.days);
  if (kills.length === 0) return false;
  const running = runningPods(usage);
  return kills.some(({ pod }) => running.has(pod));
}

/** Pods of a StatefulSet are made anew under the same name. */
const KEEPS_ITS_NAME = /-\d+$/;
/** What follows a kill raises by at least so much: of a use that is further below, it was under an earlier limit. */
const NEAR = 1.2;
/** Killed on several days, it may rise too fast to be seen; but not every raise that follows is to ask for another. */
const FAST = 2;

/**
 * The days on which a container was killed for its memory, but those of a pod whose name outlives it and whose use
 * was too far below so many bytes for that to have been its limit.
 */
export function killsAt(bytes: number, days: readonly ContainerDay[]): ContainerDay[] {
  const killed = days.filter(({ events }) => (events?.oomKills ?? 0) > 0);
  return [...Map.groupBy(killed, ({ pod }) => pod)].flatMap(([pod, own]) =>
    own.filter(
      ({ memory }) =>
        !KEEPS_ITS_NAME.test(pod) || !memory || bytes < memory.values.max * (own.length > 1 ? FAST : NEAR),
    ),
  );
}
