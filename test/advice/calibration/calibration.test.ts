import { describe, expect, it } from "vitest";
import { confidence, type Grounds } from "../../../src/advice/confidence.ts";
import { outcomesOf } from "./any-use.ts";
import { binOf, binsOf, type Claim, isOff } from "./bins.ts";

const GROUNDS = ["coverage", "samples", "age", "spare", "stability"] satisfies (keyof Grounds)[];

/** None of those that the weights were fitted to: see calibration.slow.ts. */
const outcomes = outcomesOf({ from: 9_000_000, count: 500 });

describe("of advice on containers that were not learned from", () => {
  it("as many held for a week as it says, whatever it says", () => {
    const bins = binsOf(outcomes);
    expect(bins).toHaveLength(8);
    expect(bins.filter((bin) => isOff(bin))).toEqual([]);
  });

  it.each(GROUNDS)("as many held as it says, with little and with much of its %s", (ground) => {
    const claims = outcomes
      .flatMap(({ parts }) => parts)
      .sort((a, b) => a.grounds[ground] - b.grounds[ground])
      .map(({ grounds, held }): Claim => ({ confidence: confidence(grounds), held }));
    const middle = claims.length / 2;
    const halves = [claims.slice(0, middle), claims.slice(middle)].map(binOf);
    expect(halves.filter((half) => isOff(half))).toEqual([]);
  });

  it("what holds is told from what does not", () => {
    const between = (from: number, below: number): Claim[] =>
      outcomes.filter((one) => one.confidence >= from && one.confidence < below);
    expect(binOf(between(0.95, 1)).held).toBeGreaterThan(0.95);
    expect(binOf(between(0, 0.7)).held).toBeLessThan(0.6);
  });
});
