import { dayOf } from "../../usage/usage.ts";
import { type Guard, notLowered } from "../guard.ts";

/** What was killed for lack of memory is not given less soon after. */
export const oomKill: Guard = (situation) => {
  const { resource, whole, atMs, policy } = situation;
  const { daysAfterOomKill } = policy.guards;
  if (resource !== "memory") return [];
  const since = dayOf(atMs) - daysAfterOomKill;
  const kills = whole.days.reduce(
    (sum, { day, events }) => sum + (day >= since ? (events?.oomKills ?? 0) : 0),
    0,
  );
  if (kills === 0) return [];
  return notLowered(situation, {
    code: "oom-kill",
    message: `it was killed for lack of memory in the last ${daysAfterOomKill} days`,
  });
};
