import type { Delivery, SyncWindow } from "./delivery.ts";
import { formatDuration } from "./duration.ts";

/** `it is denied from "0 22 * * *" (Europe/Berlin) for 8h`. */
export function describeWindow({ kind, schedule, durationSeconds, timeZone }: SyncWindow): string {
  const times = `"${schedule}" (${timeZone}) for ${formatDuration(durationSeconds)}`;
  return kind === "deny" ? `it is denied from ${times}` : `it is only allowed from ${times}`;
}

/** `Monday, 23 November 2026 at 06:00 (Europe/Berlin)`; `undefined` where it is not known when that is. */
export function describeTurn(turn: Delivery["syncTurn"]): string | undefined {
  if (turn === undefined || "never" in turn) return undefined;
  const { atMs, timeZone } = turn;
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "full", timeStyle: "short" });
  return `${time.format(atMs)} (${timeZone})`;
}
