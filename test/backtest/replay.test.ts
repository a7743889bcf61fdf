import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Strategy, StrategyInput } from "../../src/advice/strategy.ts";
import { strategyNamed } from "../../src/advice/strategies/strategies.ts";
import { type BacktestSettings, replay, type Replay } from "../../src/backtest/backtest.ts";
import { DailyPast } from "../../src/backtest/daily-past.ts";
import type { Past } from "../../src/backtest/past.ts";
import { SampledPast } from "../../src/backtest/sampled-past.ts";
import type { UseSeries } from "../../src/backtest/series.ts";
import { baseUnits } from "../../src/domain/quantity.ts";
import { DAY_MS } from "../../src/usage/usage.ts";
import { START_MS, usageOf } from "../advice/strategies/usage-of.ts";

const STEP_MS = 600_000;
const A_DAY = DAY_MS / STEP_MS;
const SETTINGS: BacktestSettings = {
  resource: "cpu",
  everySeconds: 86_400,
  warmupSeconds: 2 * 86_400,
  historySeconds: 14 * 86_400,
  mostPeriods: 60,
  minimumSamples: 100,
};

/** A sample every ten minutes, beginning in the afternoon. */
function series(values: readonly number[], startMs = START_MS + 0.6 * DAY_MS): UseSeries {
  const timesMs = Float64Array.from(values, (_, index) => startMs + index * STEP_MS);
  return { name: "use", pods: [{ pod: "pod", timesMs, values: Float64Array.from(values) }] };
}

function replayed(past: Past, strategy: Strategy, settings: Partial<BacktestSettings> = {}): Replay {
  const steps = replay(past, new Map([["asked", strategy]]), { ...SETTINGS, ...settings });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** A strategy that remembers what it was asked, and answers so. */
function asked(answers: readonly (number | undefined)[]): { inputs: StrategyInput[]; strategy: Strategy } {
  const inputs: StrategyInput[] = [];
  const need: Strategy["need"] = (input) => {
    const request = answers[inputs.push(input) - 1];
    return request === undefined ? undefined : { request, because: "it was told" };
  };
  return { inputs, strategy: { name: "told", need } };
}

function values({ runs: [run] }: Replay): number[] {
  return run?.decisions.map(({ value }) => value) ?? [];
}

const ramp = Array.from({ length: 5 * A_DAY }, (_, index) => index / 1000 + 0.1);

describe("a replay", () => {
  const past = new SampledPast(series(ramp), "cpu");

  it("asks every day after the warm-up, with every sample before and none from then on", () => {
    const { inputs, strategy } = asked([1, 1, 1]);
    const { runs, periods } = replayed(past, strategy);
    expect(periods).toBe(3);
    expect(runs[0]?.decisions.map(({ atMs }) => (atMs - past.firstMs) / DAY_MS)).toEqual([2, 3, 4]);
    for (const [index, { usage, atMs }] of inputs.entries()) {
      const known = usage.days.flatMap(({ cpu }) => [...(cpu?.samples?.values ?? [])]);
      expect(known).toEqual(ramp.slice(0, (index + 2) * A_DAY));
      expect(
        usage.days.flatMap(({ cpu }) => [...(cpu?.values.bins() ?? [])].map(([value]) => value)),
      ).toEqual(known);
      expect(Math.max(...usage.days.map(({ cpu }) => cpu?.lastMs ?? 0))).toBeLessThan(atMs);
    }
  });

  it("cuts what is known into UTC days, the first and the last of them in parts", () => {
    const { inputs, strategy } = asked([1, 1, 1]);
    replayed(past, strategy);
    const days = inputs[0]?.usage.days ?? [];
    expect(days.map(({ day }) => day * DAY_MS - START_MS)).toEqual([0, DAY_MS, 2 * DAY_MS]);
    expect(days.map(({ cpu }) => cpu?.values.count)).toEqual(
      [0.4 * A_DAY, A_DAY, 0.6 * A_DAY].map(Math.round),
    );
    expect(days[1]?.cpu?.coveredSeconds).toBeCloseTo(86_400 - 600, 0);
  });

  it("forgets what is older than the history", () => {
    const { inputs, strategy } = asked([1, 1, 1]);
    replayed(past, strategy, { historySeconds: 86_400 });
    for (const { usage, atMs } of inputs)
      expect(Math.min(...usage.days.map(({ cpu }) => cpu?.firstMs ?? 0))).toBe(atMs - DAY_MS);
  });

  it("tells a strategy what it said the day before, and keeps that where it says nothing", () => {
    const { inputs, strategy } = asked([undefined, 0.123456789, undefined]);
    const done = replayed(past, strategy);
    expect(inputs.map(({ current }) => current.request && baseUnits(current.request))).toEqual([
      undefined,
      undefined,
      0.123456789,
    ]);
    expect(values(done)).toEqual([0.123456789, 0.123456789]);
    expect(done.runs[0]?.scores).toMatchObject({ periods: 2, churn: 0 });
  });

  it("says nothing of a strategy that never said anything", () => {
    expect(replayed(past, asked([]).strategy).runs).toEqual([{ strategy: "asked", decisions: [] }]);
  });

  it("reserves no less than 10m", () => {
    expect(values(replayed(past, asked([0, 0.001, 0.02]).strategy))).toEqual([0.01, 0.01, 0.02]);
  });

  it("leaves out days with fewer than 100 samples, and stops after so many", () => {
    const gap = ramp.map((value, index) => (index > 3 * A_DAY && index < 3.5 * A_DAY ? Number.NaN : value));
    const { pods } = series(ramp);
    const [pod] = pods;
    if (!pod) throw new Error("no pod");
    const kept = pod.timesMs.map((_, index) => index).filter((index) => !Number.isNaN(gap[index]));
    const holed = {
      pod: "pod",
      timesMs: kept.map((at) => pod.timesMs[at] ?? 0),
      values: kept.map((at) => ramp[at] ?? 0),
    };
    const done = replayed(new SampledPast({ name: "use", pods: [holed] }, "cpu"), asked([1, 2, 3]).strategy);
    expect(done.runs[0]?.decisions.map(({ atMs }) => (atMs - past.firstMs) / DAY_MS)).toEqual([2, 4]);
    expect(replayed(past, asked([1, 1]).strategy, { mostPeriods: 1 }).periods).toBe(1);
  });

  it("limits memory to its request, where a strategy has no mind of its own", () => {
    const memory = ramp.map((value) => value * 1e9);
    const of = (limit: number | null | undefined): number | undefined =>
      replayed(
        new SampledPast(series(memory), "memory"),
        {
          name: "told",
          need: () => ({ request: 0.5e9, ...(limit === undefined ? {} : { limit }), because: "" }),
        },
        { resource: "memory" },
      ).runs[0]?.scores?.ooms;
    expect([of(undefined), of(0.5e9), of(0.75e9), of(null)]).toEqual([319, 319, 69, 0]);
  });
});

describe.each(["percentile", "krr", "krr-limit", "vpa"])("%s, replayed", (name) => {
  const strategy = strategyNamed(name);
  if (!strategy) throw new Error(name);
  const use = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), {
    minLength: 4 * A_DAY,
    maxLength: 4 * A_DAY,
  });

  it("does not see the future", () => {
    fc.assert(
      fc.property(use, use, (one, other) => {
        const half = 2.5 * A_DAY;
        const mixed = [...one.slice(0, half), ...other.slice(half)];
        const of = (samples: readonly number[]): number[] =>
          values(
            replayed(new SampledPast(series(samples), "cpu"), strategy, {
              everySeconds: 43_200,
              minimumSamples: 50,
            }),
          );
        // The decisions after 2 and 2.5 days know nothing of what is after them.
        expect(of(mixed).slice(0, 2)).toEqual(of(one).slice(0, 2));
      }),
      { numRuns: 20 },
    );
  });

  it("decides of whole days as of their samples, where decisions are made at midnights", () => {
    const waves = Array.from(
      { length: 6 * A_DAY },
      (_, index) => 1 + Math.sin(index / 7) ** 2 + (index % 13) / 20,
    );
    const sampled = replayed(new SampledPast(series(waves, START_MS), "cpu"), strategy);
    const daily = replayed(
      new DailyPast("use", usageOf("cpu", [{ values: waves, stepMs: STEP_MS }], "sketches"), "cpu"),
      strategy,
    );
    expect(daily.periods).toBe(sampled.periods);
    for (const [index, value] of values(daily).entries())
      expect(Math.abs(value / (values(sampled)[index] ?? 0) - 1)).toBeLessThan(name === "vpa" ? 0.06 : 0.01);
    expect(daily.runs[0]?.scores?.slack).toBeCloseTo(sampled.runs[0]?.scores?.slack ?? 0, 1);
  });
});
