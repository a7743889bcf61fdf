import { cpuQuantity } from "../../../domain/quantity.ts";
import type { PodDay } from "../../../usage/usage.ts";
import type { Need } from "../../strategy.ts";
import { cheapest, type Cheapest, type Expected } from "./cheapest.ts";
import { type DayLoad, dayLoads } from "./day-load.ts";
import { growthADay } from "./growth.ts";
import { sinceLastFall } from "./level.ts";
import { onsetOf } from "./onset.ts";
import type { CpuProfile } from "./profile.ts";

/** A week, and the day that is not over: every day of the week is there once. */
const DAYS = 8;
/** Growth is followed a day further than tomorrow, so that not every day asks for a change. */
const DAYS_AHEAD = 2;
/** Cores: of less it does not matter how much it is. */
const LEAST = 0.01;

/**
 * Cores: the request that would have been cheapest in the last week, as far as the week speaks of what comes.
 * `current` in cores; `undefined` where there are no days.
 */
export function cpuNeed(
  days: readonly PodDay[],
  atMs: number,
  current: number | undefined,
  profile: CpuProfile,
): Need | undefined {
  const level = levelOf(dayLoads(days), profile);
  return level && needOf(level, atMs, current, profile);
}

/** What the last days speak of. */
interface Level {
  readonly week: readonly DayLoad[];
  readonly growth: number;
  readonly cheapest: Cheapest;
}

function levelOf(loads: readonly DayLoad[], profile: CpuProfile): Level | undefined {
  const level = sinceLastFall(loads);
  const newest = level.at(-1)?.day;
  if (newest === undefined) return undefined;
  const week = level.filter(({ day }) => day > newest - DAYS);
  const growth = growthADay(week);
  const expected = week.map((load): Expected => ({
    load,
    factor: (1 + profile.margin) * (1 + growth) ** (newest - load.day + DAYS_AHEAD),
  }));
  return { week, growth, cheapest: cheapest(expected, LEAST, profile) };
}

function needOf(
  { week, growth, cheapest: { best, isWorthKeeping } }: Level,
  atMs: number,
  current: number | undefined,
  profile: CpuProfile,
): Need {
  const onset = onsetOf(week, atMs);
  const raised = onset ? onset.peak * (1 + profile.margin) : 0;
  const kept = current !== undefined && isWorthKeeping(current);
  const value = kept ? current : best;
  if (onset && raised > value)
    return {
      request: raised,
      because: `use has just risen: its highest half hour was above ${cpuQuantity(onset.high)} where no day before was long above ${cpuQuantity(onset.before)}; its peak of ${cpuQuantity(onset.peak)} is covered${added(profile)}`,
    };
  const trend = growth > 0 ? `, with its growth of ${percent(growth)} a day` : "";
  const other = kept && differ(value, best) ? `, and ${cpuQuantity(best)} would gain too little` : "";
  return {
    request: value,
    because: `${cpuQuantity(value)} ${kept ? "stays: it " : ""}${covers(value, week)}${trend}${other}${kept ? "" : added(profile)}`,
  };
}

/** How much of the time a value was enough. */
function covers(value: number, week: readonly DayLoad[]): string {
  const over = week.map((load) => load.overrun(value));
  const seen = week.reduce((sum, load) => sum + load.seen, 0);
  const all = week.reduce((sum, load, index) => sum + (load.seen / seen) * (over[index] ?? 0), 0);
  const worst = Math.max(...over);
  const span = week.length === 1 ? "the day that was seen" : `the last ${week.length} days`;
  if (worst === 0) return `covers all of ${span}`;
  return `covers ${percent(1 - all)} of ${span}${week.length === 1 ? "" : ` and ${percent(1 - worst)} of the busiest one`}`;
}

function added({ margin }: CpuProfile): string {
  return margin > 0 ? `, and ${percent(margin)} more` : "";
}

/** As written, in whole millicores. */
function differ(a: number, b: number): boolean {
  return cpuQuantity(a) !== cpuQuantity(b);
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
