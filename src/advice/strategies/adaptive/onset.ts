import { DAY_MS } from "../../../usage/usage.ts";
import type { DayLoad } from "./day-load.ts";

const NEWEST_MS = 18 * 3_600_000;
/** Two hours: less shows too little of a day. */
const LEAST_SEEN = 1 / 12;
const RISES_ABOVE = 1.2;
/** What is so many times higher is a burst rather than a new level: the days decide whether it is worth its cost. */
const BURSTS_ABOVE = 3;

/** A rise that may have just begun. */
export interface Onset {
  /** What the newest days spent 2 % of their time above. */
  readonly high: number;
  /** What no day before spent more than 1 % of its time above. */
  readonly before: number;
  readonly peak: number;
}

/**
 * Whether the newest hours rose to where none of the days before were: their highest half hour a fifth above
 * the highest quarter hour of all the others, and not a multiple of it.
 */
export function onsetOf(loads: readonly DayLoad[], atMs: number): Onset | undefined {
  const shown = loads.filter(({ seen }) => seen >= LEAST_SEEN);
  const { newest = [], earlier = [] } = Object.groupBy(shown, ({ day }) =>
    (day + 1) * DAY_MS > atMs - NEWEST_MS ? "newest" : "earlier",
  );
  if (newest.length === 0 || earlier.length < 2) return undefined;
  const high = Math.max(...newest.map((load) => load.within(0.02)));
  const before = Math.max(...earlier.map((load) => load.within(0.01)));
  return high > before * RISES_ABOVE && high < before * BURSTS_ABOVE
    ? { high, before, peak: Math.max(...newest.map(({ peak }) => peak)) }
    : undefined;
}
