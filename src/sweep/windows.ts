import { Cron } from "croner";
import type { Config } from "../config/schema.ts";

/** Whether pull requests may be opened at this time. */
export function mayOpenAt({ pullRequests, schedule }: Config, nowMs: number): boolean {
  return isWithin(pullRequests.openWhen, schedule.timezone, nowMs);
}

/** Whether pull requests may be merged without a person at this time. */
export function mayMergeAt({ pullRequests, schedule }: Config, nowMs: number): boolean {
  return isWithin(pullRequests.merge.when, schedule.timezone, nowMs);
}

function isWithin(minutes: string | undefined, timezone: string, nowMs: number): boolean {
  return minutes === undefined || new Cron(minutes, { paused: true, timezone }).match(new Date(nowMs));
}
