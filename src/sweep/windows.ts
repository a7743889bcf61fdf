import { Cron } from "croner";
import type { Config } from "../config/schema.ts";

/** Whether pull requests may be opened at this time. */
export function mayOpenAt({ pullRequests, schedule }: Config, nowMs: number): boolean {
  const { openWhen } = pullRequests;
  if (openWhen === undefined) return true;
  return new Cron(openWhen, { paused: true, timezone: schedule.timezone }).match(new Date(nowMs));
}
