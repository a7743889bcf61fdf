import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPTIPOD, percentile } from "../../../src/advice/strategies/percentile.ts";
import { STRATEGY_NAMES, strategyNamed } from "../../../src/advice/strategies/strategies.ts";
import type { Strategy } from "../../../src/advice/strategy.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import { needOf, type Pod, repeated, usageOf } from "./usage-of.ts";

const PEERS = ["percentile", "krr", "krr-limit", "vpa"];
const HOUR = 3_600_000;

/** Up to 16 cores, most of them small. */
const cores = fc.oneof(
  fc.double({ min: 0, max: 16, noNaN: true }),
  fc.constantFrom(0, 0.001, 0.0425, 0.1, 1, 4),
);
const history = fc.array(cores, { minLength: 100, maxLength: 150 });

function strategy(name: string): Strategy {
  const found = strategyNamed(name);
  if (!found) throw new Error(name);
  return found;
}

function ask(name: string, values: readonly number[], more: readonly Pod[] = []): number {
  return needOf(strategy(name), "cpu", [{ values, stepMs: HOUR / 6 }, ...more])?.request ?? Number.NaN;
}

describe.each(PEERS)("%s, for any usage", (name) => {
  it("asks for more where more was used", () => {
    fc.assert(
      fc.property(history, fc.double({ min: 1, max: 4, noNaN: true }), (values, factor) => {
        const more = values.map((value) => value * factor);
        expect(ask(name, more)).toBeGreaterThanOrEqual(ask(name, values));
      }),
      { numRuns: 100 },
    );
  });

  it("asks for no more than a sixth above the largest sample, as far as it rounds", () => {
    fc.assert(
      fc.property(history, (values) => {
        const most = Math.max(...values);
        const request = ask(name, values);
        expect(request).toBeGreaterThanOrEqual(0);
        expect(request).toBeLessThanOrEqual(Math.max(0.012, most * 1.21 + 0.012));
      }),
      { numRuns: 100 },
    );
  });

  it("does not care about the order of pods", () => {
    fc.assert(
      fc.property(history, history, (a, b) => {
        const pods = [a, b].map((values, index) => ({ name: `pod-${index}`, values, stepMs: HOUR / 6 }));
        const one = needOf(strategy(name), "cpu", pods)?.request;
        expect(needOf(strategy(name), "cpu", pods.toReversed())?.request).toBe(one);
      }),
      { numRuns: 100 },
    );
  });

  it("says of sketches what it says of all values, within their error", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.5, max: 4, noNaN: true }), { minLength: 144, maxLength: 144 }),
        (values) => {
          const of = (keeps: "values" | "sketches"): number =>
            needOf(strategy(name), "cpu", [{ values, stepMs: HOUR / 6 }], { keeps })?.request ?? 0;
          // A bucket of VPA's is 5 % wide: what lies at its edge may fall into the next one.
          const error = name === "vpa" ? 0.06 : 0.01;
          expect(Math.abs(of("sketches") / of("values") - 1)).toBeLessThanOrEqual(error);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("percentile", () => {
  it("is OptiPod's formula: by linear interpolation, of all pods, times a factor, cut to whole millicores", () => {
    const ladder = Array.from({ length: 101 }, (_, index) => index / 100);
    expect(ask("percentile", ladder)).toBe(1.08);
    expect(ask("percentile", [...repeated(0.1, 9), 1.1])).toBe(0.24);
    expect(ask("percentile", [0.0105])).toBe(0.012);
    expect(ask("percentile", repeated(0.1, 90), [{ name: "b", values: repeated(5, 10) }])).toBe(0.708);
  });

  it("lies within the samples, and grows with the percentile and the factor", () => {
    const values = [0.2, 0.9, 0.3, 0.4, 0.8];
    const at = (percent: number, factor = 1): number =>
      needOf(
        percentile({ ...OPTIPOD, percentile: percent, safetyFactor: { cpu: factor, memory: 1 } }),
        "cpu",
        [{ values }],
      )?.request ?? 0;
    expect([at(50), at(75), at(100)]).toEqual([0.4, 0.8, 0.9]);
    expect([at(100, 1.5), at(100, 2)]).toEqual([1.35, 1.8]);
  });

  it("looks back a day as OptiPod comes, to the sample where samples are known, and as far as it is told", () => {
    const values = [...repeated(4, 24), ...repeated(1, 24)];
    const pod = { values, stepMs: HOUR, startMs: 20_000.25 * DAY_MS };
    const asked = (windowSeconds?: number, keeps?: "sketches"): number | undefined =>
      needOf(
        percentile({
          percentile: 100,
          safetyFactor: { cpu: 1, memory: 1 },
          ...(windowSeconds && { windowSeconds }),
        }),
        "cpu",
        [pod],
        keeps && { keeps },
      )?.request;
    expect([asked(86_400), asked(90_000), asked()]).toEqual([1, 4, 4]);
    // Of the days before yesterday 18:00 only a whole one counts, by its middle.
    expect([asked(24 * 3600, "sketches"), asked(8 * 3600, "sketches")]).toEqual([4, 1]);
  });
});

describe("the register", () => {
  it("knows every strategy by its name, and no other", () => {
    for (const name of PEERS) expect(strategyNamed(name)?.name).toBe(name);
    expect(strategyNamed("safe")?.name).toBe(strategyNamed("adaptive:safe")?.name);
    expect(strategyNamed("balanced")?.name).toBe(strategyNamed("adaptive")?.name);
    expect(STRATEGY_NAMES).toEqual(expect.arrayContaining(PEERS));
    expect(strategyNamed("constructor")).toBeUndefined();
  });

  it("holds nothing that answers without usage", () => {
    for (const name of STRATEGY_NAMES)
      for (const resource of ["cpu", "memory"] as const)
        expect(
          strategyNamed(name)?.need({ resource, usage: usageOf(resource, []), atMs: 0, current: {} }),
        ).toBeUndefined();
  });
});
