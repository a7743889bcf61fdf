import type { Distribution } from "../usage/distribution.ts";

/** A decision, and what each pod used while it held. */
export interface ScoredPeriod {
  /** Cores or bytes that were reserved for each pod. */
  readonly value: number;
  /** Bytes at which a container would have been killed; infinite where there is no limit. */
  readonly limit: number;
  readonly used: readonly Distribution[];
}

export interface Scores {
  readonly periods: number;
  /** 1 − used / reserved, over all samples. */
  readonly slack: number;
  /** The share of samples above the request. */
  readonly over: number;
  /** The share of periods of which more than 5 % of the samples are above the request. */
  readonly daysOver: number;
  /** The share of periods, but the first, whose request is more than 10 % off the one before. */
  readonly churn: number;
  /** Samples above the limit, and periods with one of them. */
  readonly ooms: number;
  readonly oomDays: number;
  /** Cores or bytes, in the mean of all samples. */
  readonly reserved: number;
  readonly used: number;
}

const OVER_SHARE = 0.05;
const CHANGE_SHARE = 0.1;

/** `undefined` where there is nothing to score. */
export function score(periods: readonly ScoredPeriod[]): Scores | undefined {
  if (periods.length === 0) return undefined;
  let [samples, used, reserved, over, ooms, daysOver, oomDays, changes] = [0, 0, 0, 0, 0, 0, 0, 0];
  let before: number | undefined;
  for (const { value, limit, used: pods } of periods) {
    let [count, above, killed] = [0, 0, 0];
    for (const pod of pods) {
      count += pod.count;
      if (pod.count > 0) used += pod.mean * pod.count;
      if (!(pod.max > Math.min(value, limit))) continue;
      for (const [one, times] of pod.bins()) {
        if (one > value) above += times;
        if (one > limit) killed += times;
      }
    }
    samples += count;
    reserved += value * count;
    over += above;
    ooms += killed;
    if (above > OVER_SHARE * count) daysOver += 1;
    if (killed > 0) oomDays += 1;
    if (before !== undefined && Math.abs(value - before) > CHANGE_SHARE * before) changes += 1;
    before = value;
  }
  return {
    periods: periods.length,
    slack: 1 - used / reserved,
    over: over / samples,
    daysOver: daysOver / periods.length,
    churn: periods.length === 1 ? 0 : changes / (periods.length - 1),
    ooms,
    oomDays,
    reserved: reserved / samples,
    used: used / samples,
  };
}

/** Shares as plain means over series, kills, requests and use as sums of them. */
export function overall(scores: readonly Scores[]): Scores | undefined {
  if (scores.length === 0) return undefined;
  const sum = (of: (one: Scores) => number): number => scores.reduce((total, one) => total + of(one), 0);
  const mean = (of: (one: Scores) => number): number => sum(of) / scores.length;
  return {
    periods: sum(({ periods }) => periods),
    slack: mean(({ slack }) => slack),
    over: mean(({ over }) => over),
    daysOver: mean(({ daysOver }) => daysOver),
    churn: mean(({ churn }) => churn),
    ooms: sum(({ ooms }) => ooms),
    oomDays: sum(({ oomDays }) => oomDays),
    reserved: sum(({ reserved }) => reserved),
    used: sum(({ used }) => used),
  };
}
