import { describe, expect, it } from "vitest";
import { adaptive } from "../../../../src/advice/strategies/adaptive.ts";
import { PROFILE_NAMES } from "../../../../src/advice/strategies/adaptive/profile.ts";
import { krr } from "../../../../src/advice/strategies/krr.ts";
import { OPTIPOD, percentile } from "../../../../src/advice/strategies/percentile.ts";
import { vpa } from "../../../../src/advice/strategies/vpa.ts";
import type { Strategy } from "../../../../src/advice/strategy.ts";
import { CPU_FAMILIES, type CpuFamily, cpuSeries } from "./families.ts";
import { nabSeries } from "./nab.ts";
import { daysOf, meanScores, replay, type Scores } from "./replay.ts";

const PEERS: readonly Strategy[] = [krr(), vpa(), percentile(OPTIPOD)];

describe("on five real series, adaptive", () => {
  it("keeps within its goals", () => {
    expect(onReal(adaptive())).toEqual(within({ slack: 0.4, over: 0.03, days: 0.06, churn: 0.05 }));
  });

  it("keeps within stricter ones when it is told to be safe", () => {
    expect(onReal(adaptive("safe"))).toEqual(within({ slack: 0.45, over: 0.01, days: 0.026, churn: 0.05 }));
  });

  it.each(PEERS)(
    "is above its request for a third of the time and of the days that $name is, at most",
    (peer) => {
      const [ours, theirs] = [onReal(adaptive()), onReal(peer)];
      expect(ours.over).toBeLessThan(theirs.over / 3);
      expect(ours.days).toBeLessThan(theirs.days / 3);
    },
  );

  function onReal(strategy: Strategy): Scores {
    return meanScores([...nabSeries().values()].map((days) => replay(days, strategy, "cpu")));
  }

  function within(goals: Scores): unknown {
    const atMost = (most: number): unknown => expect.toSatisfy((score: number) => score <= most);
    return {
      slack: atMost(goals.slack),
      over: atMost(goals.over),
      days: atMost(goals.days),
      churn: atMost(goals.churn),
    };
  }
});

describe("on generated series, adaptive", () => {
  const SEEDS = [200, 201, 202];
  /** docs/adaptive.md says which peer does better there, and why. */
  const LOST = new Set(["growing", "drift", "step down"]);
  const FAMILIES = Object.keys(CPU_FAMILIES).filter(isFamily);

  it.each(FAMILIES.filter((family) => !LOST.has(family)))("costs less than any peer: %s", (family) => {
    const days = SEEDS.map((seed) => daysOf(cpuSeries(family, seed, 21)));
    const costOf = (strategy: Strategy): number => cost(days.map((one) => replay(one, strategy, "cpu")));
    expect(costOf(adaptive())).toBeLessThan(Math.min(...PEERS.map(costOf)));
  });

  it("is safer when it is told to be", () => {
    const days = FAMILIES.map((family) => daysOf(cpuSeries(family, 300, 21)));
    const [balanced, safe] = PROFILE_NAMES.map((profile) =>
      meanScores(days.map((one) => replay(one, adaptive(profile), "cpu"))),
    );
    expect(safe?.over).toBeLessThan(balanced?.over ?? 0);
    expect(safe?.days).toBeLessThan(balanced?.days ?? 0);
    expect(safe?.slack).toBeLessThan((balanced?.slack ?? 0) + 0.06);
  });

  /** A reservation of which all is unused costs 1, and so do a third of the time above it and all days bad or changed. */
  function cost(scores: readonly Scores[]): number {
    const { slack, over, days, churn } = meanScores(scores);
    return slack + 3 * over + days + churn;
  }
});

function isFamily(name: string): name is CpuFamily {
  return Object.hasOwn(CPU_FAMILIES, name);
}
