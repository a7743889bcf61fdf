import { describe, expect, it } from "vitest";
import { vpa, vpaEstimate } from "../../../src/advice/strategies/vpa.ts";
import { VpaHistogram } from "../../../src/advice/strategies/vpa-histogram.ts";
import { afterKill } from "../../../src/advice/strategies/vpa-memory-peaks.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import { bytes, MI, needOf, repeated, START_MS, usageOf } from "./usage-of.ts";

const HOUR = 3_600_000;

/** The recommendations there can be for CPU, in millicores. */
const LADDER = [
  11, 23, 35, 49, 63, 78, 93, 109, 126, 143, 163, 182, 203, 224, 247, 271, 296, 323, 350, 379, 410, 442, 476,
  511, 548, 587,
];

describe.each(["samples", "values", "sketches"] as const)("vpa, of days with %s", (keeps) => {
  it.each([
    [0.1, 0.126],
    [1, 1.168],
  ])("targets for steady %d cores %d", (cores, target) => {
    expect(needOf(vpa(), "cpu", [{ values: repeated(cores, 2000) }], { keeps })?.request).toBe(target);
  });

  it.each([
    [50 * MI, 63_544_758],
    [1024 * MI, 1_238_659_775],
  ])("targets for steady %d bytes %d", (used, target) => {
    expect(needOf(vpa(), "memory", [{ values: repeated(used, 2000) }], { keeps })?.request).toBe(target);
  });
});

describe("vpa", () => {
  it("climbs VPA's ladder", () => {
    const seen = new Set<number>();
    for (let millis = 1; millis < 520; millis++)
      seen.add(Math.round((needOf(vpa(), "cpu", [{ values: [millis / 1000] }])?.request ?? 0) * 1000));
    expect([...seen].slice(0, LADDER.length)).toEqual(LADDER);
  });

  it("forgets: yesterday weighs half", () => {
    const days = (busy: number): number[] => [...repeated(1, busy), ...repeated(0.1, 48 - busy)];
    // Of the weight 24 · ½ + 24, a tenth is 3.6: seven samples of the first day are not enough, eight are.
    expect(needOf(vpa(), "cpu", [{ values: days(4), stepMs: HOUR }])?.request).toBe(0.126);
    expect(needOf(vpa(), "cpu", [{ values: days(12), stepMs: HOUR }])?.request).toBe(1.168);
  });

  it("takes one peak of memory for every 24 hours of a pod", () => {
    const spike = (at: number): number[] => repeated(50 * MI, 72).with(at, 1024 * MI);
    // Weights ¼, ½, 1: the newest two make up more than nine tenths, so only the oldest is passed over.
    expect(needOf(vpa(), "memory", [{ values: spike(71), stepMs: HOUR }])?.request).toBe(1_238_659_775);
    expect(needOf(vpa(), "memory", [{ values: spike(3), stepMs: HOUR }])?.request).toBe(1_238_659_775);
    const week = [...repeated(1024 * MI, 24), ...repeated(50 * MI, 6 * 24)];
    expect(needOf(vpa(), "memory", [{ values: week, stepMs: HOUR }])?.request).toBe(63_544_758);
  });

  it("widens its bounds where it knows little", () => {
    const estimate = (samples: number): ReturnType<typeof vpaEstimate> => {
      const usage = usageOf("cpu", [{ values: repeated(0.1, samples) }]);
      return vpaEstimate({ resource: "cpu", usage, atMs: START_MS + samples * 60_000, current: {} });
    };
    expect(estimate(1441)).toEqual({ lower: 0.125, target: 0.126, upper: 0.252 });
    expect(estimate(721)).toEqual({ lower: 0.125, target: 0.126, upper: 0.378 });
    expect(estimate(7 * 1440 + 1)).toEqual({ lower: 0.125, target: 0.126, upper: 0.144 });
  });

  it("never goes below the least of a pod, shared by its containers, where it is told how many", () => {
    const idle = [{ values: [0.001] }];
    expect(needOf(vpa({ containers: 1 }), "cpu", idle)?.request).toBe(0.025);
    expect(needOf(vpa({ containers: 2 }), "cpu", idle)?.request).toBe(0.012);
    expect(needOf(vpa({ containers: 4 }), "memory", [{ values: [MI] }])?.request).toBe(62.5 * MI);
  });

  it.each([
    ["1000Mi", "1200Mi"],
    ["1Mi", "101Mi"],
  ])("takes %s at which it was killed for %s", (used, needed) => {
    expect(afterKill(bytes(used))).toBe(bytes(needed));
  });

  it("takes the larger of request and peak for what was used at a kill, while that pod runs", () => {
    const pod = { values: repeated(50 * MI, 100), killedOn: [0] };
    const steady = (used: string): number | undefined =>
      needOf(vpa(), "memory", [{ values: [bytes(used)] }])?.request;
    expect(needOf(vpa(), "memory", [pod])?.request).toBe(steady("150Mi"));
    expect(needOf(vpa(), "memory", [pod], { request: "1000Mi" })?.request).toBe(steady("1200Mi"));
    const next = { name: "next", values: repeated(50 * MI, 100), startMs: START_MS + DAY_MS };
    expect(needOf(vpa(), "memory", [pod, next], { request: "1000Mi" })?.request).toBe(steady("150Mi"));
  });

  it("says nothing where nothing was measured", () => {
    expect(
      vpa().need({ resource: "cpu", usage: { container: "app", days: [] }, atMs: 0, current: {} }),
    ).toBeUndefined();
  });
});

/** As VPA counts: whole units, and the margin cut to them. */
function withMargin(amount: number): number {
  const whole = Math.trunc(amount);
  return whole + Math.trunc(whole * 0.15);
}

describe("the histogram of VPA", () => {
  // What VPA's own code (Go, kubernetes/autoscaler 55c37cd5) gives for the same samples.
  it.each([
    ["cpu", 60, 920, 1388, 1554],
    ["cpu", 3600, 1238, 1643, 1643],
    ["cpu", 10_800, 1311, 1643, 1643],
    ["memory", 60, 920_733_364, 1_389_197_403, 1_555_165_137],
    ["memory", 3600, 1_238_659_775, 1_644_423_393, 1_644_423_393],
    ["memory", 10_800, 1_312_092_764, 1_644_423_393, 1_644_423_393],
  ] as const)("gives of 500 samples of %s, one every %d s, %d, %d, %d", (resource, seconds, ...expected) => {
    const histogram = new VpaHistogram(resource, START_MS);
    for (let index = 0; index < 500; index++) {
      const millis = ((index * 7919) % 997) + index;
      const timeMs = START_MS + index * seconds * 1000;
      if (resource === "cpu") histogram.add(millis / 1000, 0.1, timeMs);
      else histogram.add(millis * 1e6, 1, timeMs);
    }
    const units = resource === "cpu" ? 1000 : 1;
    expect([0.5, 0.9, 0.95].map((q) => withMargin(histogram.percentile(q) * units))).toEqual(expected);
  });

  it("keeps its percentiles over years", () => {
    const histogram = new VpaHistogram("cpu", START_MS);
    for (let day = 0; day < 2000; day++) histogram.add(day < 1990 ? 2 : 0.1, 0.1, START_MS + day * DAY_MS);
    expect(withMargin(histogram.percentile(0.9) * 1000)).toBe(126);
  });
});
