import { type ContainerUsage, resourceDays } from "../../usage/usage.ts";

/** A pod whose samples end so much before the newest ones is gone. */
const GONE_AFTER_MS = 15 * 60_000;

/**
 * The pods that still run, as far as memory samples tell. Only of these is it known which request and limit
 * they have: those that are gone may have had others, and taking today's for theirs would raise the advice
 * again after every change that followed from it.
 */
export function runningPods(usage: ContainerUsage): ReadonlySet<string> {
  const days = resourceDays(usage, "memory");
  const newestMs = Math.max(...days.map(({ lastMs }) => lastMs));
  return new Set(days.filter(({ lastMs }) => newestMs - lastMs <= GONE_AFTER_MS).map(({ pod }) => pod));
}

/** Whether a pod that still runs had a container killed for its memory. */
export function killedAtLimit(usage: ContainerUsage): boolean {
  const running = runningPods(usage);
  return usage.days.some(({ pod, events }) => running.has(pod) && (events?.oomKills ?? 0) > 0);
}
