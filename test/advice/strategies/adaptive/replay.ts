import { baseUnits } from "../../../../src/domain/quantity.ts";
import type { ResourceName } from "../../../../src/domain/resources.ts";
import type { Strategy } from "../../../../src/advice/strategy.ts";
import type { Distribution } from "../../../../src/usage/distribution.ts";
import { exactDistribution } from "../../../../src/usage/distribution.ts";
import { type ContainerDay, DAY_MS } from "../../../../src/usage/usage.ts";
import { SAMPLES_A_DAY, type Series, STEP_SECONDS } from "./families.ts";

/** A day of one pod. */
export interface UtcDay {
  readonly day: number;
  readonly values: Distribution;
}

export interface Scores {
  /** 1 − used/reserved. */
  readonly slack: number;
  /** Share of the samples above the request. */
  readonly over: number;
  /** Share of the days with more than 5 % of their samples above it. */
  readonly days: number;
  /** Share of the days on which it changes by more than 10 %. */
  readonly churn: number;
}

const WARM_UP_DAYS = 7;
const WINDOW_DAYS = 14;
const FEWEST_SAMPLES = 100;
const LEAST = { cpu: 0.01, memory: 2 ** 20 } as const;
/** A Monday. */
const FIRST_DAY = 20_003;

/** The UTC days of a generated series. */
export function daysOf({ values }: Series): UtcDay[] {
  return Array.from({ length: Math.floor(values.length / SAMPLES_A_DAY) }, (_, index) => ({
    day: FIRST_DAY + index,
    values: exactDistribution(values.subarray(index * SAMPLES_A_DAY, (index + 1) * SAMPLES_A_DAY)),
  }));
}

/** A decision at each midnight from the eighth on, each held against the day that it begins. */
export function replay(days: readonly UtcDay[], strategy: Strategy, resource: ResourceName): Scores {
  let [used, reserved, over, samples, bad, changes] = [0, 0, 0, 0, 0, 0];
  const decisions: number[] = [];
  const past = days.map((one) => containerDay(one, resource));
  for (const [index, { day, values }] of days.entries()) {
    if (index < WARM_UP_DAYS || values.count < FEWEST_SAMPLES) continue;
    const before = decisions.at(-1);
    const need = strategy.need({
      resource,
      usage: { container: "app", days: past.slice(Math.max(0, index - WINDOW_DAYS), index) },
      atMs: day * DAY_MS,
      current: before === undefined ? {} : { request: quantity(before) },
    });
    const value = Math.max(LEAST[resource], need?.request ?? before ?? 0);
    if (before !== undefined && Math.abs(value / before - 1) > 0.1) changes += 1;
    decisions.push(value);
    const above = countAbove(values, value);
    used += values.mean * values.count;
    reserved += value * values.count;
    over += above;
    samples += values.count;
    if (above > 0.05 * values.count) bad += 1;
  }
  return {
    slack: 1 - used / reserved,
    over: over / samples,
    days: bad / decisions.length,
    churn: changes / (decisions.length - 1),
  };
}

/** Of several, each as much as the others. */
export function meanScores(scores: readonly Scores[]): Scores {
  const mean = (of: (one: Scores) => number): number =>
    scores.reduce((sum, one) => sum + of(one) / scores.length, 0);
  return {
    slack: mean(({ slack }) => slack),
    over: mean(({ over }) => over),
    days: mean(({ days }) => days),
    churn: mean(({ churn }) => churn),
  };
}

function containerDay({ day, values }: UtcDay, resource: ResourceName): ContainerDay {
  const [coveredSeconds, firstMs] = [values.count * STEP_SECONDS, day * DAY_MS];
  return {
    day,
    pod: "app",
    container: "app",
    [resource]: { values, coveredSeconds, firstMs, lastMs: firstMs + coveredSeconds * 1000 - 1 },
  };
}

function countAbove(values: Distribution, value: number): number {
  let above = 0;
  for (const [one, count] of values.bins()) if (one > value) above += count;
  return above;
}

/** Exact to a billionth. */
function quantity(amount: number): string {
  const text = `${Math.round(amount * 1e9)}n`;
  return baseUnits(text) > 0 ? text : "0";
}
