import { expect, it } from "vitest";
import { DailyPast } from "../../src/backtest/daily-past.ts";
import { DAY_MS, dayOf } from "../../src/usage/usage.ts";
import { START_MS, usageOf } from "../advice/strategies/usage-of.ts";

const HOUR_MS = 3_600_000;
const FIRST = dayOf(START_MS);

/** Four days, on each of which an hour's value is the day's number. */
const values = Array.from({ length: 4 * 24 }, (_, hour) => 1 + Math.floor(hour / 24));
const past = new DailyPast("use", usageOf("cpu", [{ values, stepMs: HOUR_MS }], "sketches"), "cpu");

it("a past of days knows of a span the days that lie in it, whole ones, and no other", () => {
  const at = (day: number): number => (FIRST + day) * DAY_MS;
  const used = (from: number, to: number): number[] =>
    past.used(at(from), at(to)).map(({ max }) => Math.round(max));
  const known = (from: number, to: number): number[] =>
    past.usage(at(from), at(to)).days.map(({ day }) => 1 + day - FIRST);
  for (const of of [used, known]) {
    expect(of(0, 4)).toEqual([1, 2, 3, 4]);
    expect(of(1, 3)).toEqual([2, 3]);
    expect(of(2, 3)).toEqual([3]);
    expect(of(1.5, 3)).toEqual([3]);
    expect(of(1, 2.5)).toEqual([2]);
  }
});
