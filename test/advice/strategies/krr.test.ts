import { describe, expect, it } from "vitest";
import { krr } from "../../../src/advice/strategies/krr.ts";
import { krrLimit } from "../../../src/advice/strategies/krr-limit.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import { bytes, MI, needOf, type Pod, repeated, START_MS } from "./usage-of.ts";

/** Pods whose percentile is this number, whichever: their samples are all the same. */
function pods(values: readonly number[], samples = 100): Pod[] {
  return values.map((value, index) => ({ name: `pod-${index}`, values: repeated(value, samples) }));
}

describe.each(["samples", "values", "sketches"] as const)("krr, of days with %s", (keeps) => {
  it.each([
    [[0.1041, 0.2503], 0.251, [300 * MI, 512 * MI], 589 * MI],
    [[0.0042], 0.01, [10 * MI], 100 * MI],
    [[0.1040000001], 0.105, [1e9], 1097 * MI],
    [[0.3, 0.2], 0.3, [300 * MI, 200 * MI], 345 * MI],
  ])("gives what KRR gives: %j → %d cores, %j → %d bytes", (cpu, cores, memory, bytes) => {
    expect(needOf(krr(), "cpu", pods(cpu), { keeps })).toMatchObject({ request: cores, limit: null });
    const both = { request: bytes, limit: bytes };
    expect(needOf(krr(), "memory", pods(memory), { keeps })).toMatchObject(both);
    expect(needOf(krrLimit(), "memory", pods(memory), { keeps })).toMatchObject(both);
  });
});

describe("krr", () => {
  it("says nothing of 99 samples over all pods, and something of 50 and 50", () => {
    const uneven: Pod[] = [
      { name: "a", values: repeated(0.3, 49) },
      { name: "b", values: repeated(0.2, 50) },
    ];
    for (const strategy of [krr(), krrLimit()]) {
      expect(needOf(strategy, "cpu", uneven)).toBeUndefined();
      expect(needOf(strategy, "memory", uneven)).toBeUndefined();
      expect(needOf(strategy, "cpu", pods([0.3, 0.2], 50))).toBeDefined();
    }
  });

  it("never pools pods: one that is busy counts as much as nine that are idle", () => {
    const mixed = pods([2, ...repeated(0.1, 9)]);
    expect(needOf(krr(), "cpu", mixed)).toMatchObject({ request: 2 });
    expect(needOf(krrLimit(), "cpu", mixed)).toMatchObject({ request: 0.1, limit: 2 });
  });

  it("interpolates between samples as PromQL and numpy do", () => {
    const ladder = [{ values: Array.from({ length: 201 }, (_, index) => index / 100) }];
    expect(needOf(krr(), "cpu", ladder)).toMatchObject({ request: 1.9 });
    expect(needOf(krrLimit(), "cpu", ladder)).toMatchObject({ request: 1.32, limit: 1.92 });
  });

  it("looks back 14 days", () => {
    const fifteen = [{ values: [...repeated(4, 24), ...repeated(1, 14 * 24)], stepMs: 3_600_000 }];
    expect(
      needOf(krr(), "memory", [
        { ...fifteen[0], values: [9e9, ...repeated(1e9, 14 * 24)], stepMs: 3_600_000 },
      ]),
    ).toMatchObject({ request: 1097 * MI });
    expect(needOf(krr(), "cpu", fifteen)).toMatchObject({ request: 1 });
  });

  it("asks for a quarter more than the limit at which a pod that still runs was killed", () => {
    const pod = { values: repeated(300 * MI, 100), killedOn: [0] };
    expect(needOf(krr(), "memory", [pod], { limit: "512Mi" })).toMatchObject({ request: bytes("640Mi") });
    expect(needOf(krr(), "memory", [pod])).toMatchObject({ request: bytes("345Mi") });
  });

  it("does not take the limit of today for that of a pod that is gone", () => {
    const gone = { name: "gone", values: repeated(300 * MI, 100), killedOn: [0] };
    const next = { name: "next", values: repeated(300 * MI, 100), startMs: START_MS + DAY_MS };
    expect(needOf(krr(), "memory", [gone, next], { limit: "640Mi" })).toMatchObject({
      request: bytes("345Mi"),
    });
  });
});
