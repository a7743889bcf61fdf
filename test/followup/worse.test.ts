import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_AFTER_MERGE } from "../../src/domain/after-merge.ts";
import type { ContainerSigns, Signs } from "../../src/domain/signs.ts";
import type { ChangedAmount, Target } from "../../src/followup/target.ts";
import { whatGotWorse } from "../../src/followup/worse.ts";

const targetOf = (...changed: readonly Partial<ChangedAmount>[]): Target => ({
  cluster: "prod",
  workload: { kind: "Deployment", namespace: "shop", name: "api" },
  beforeUnknown: false,
  changed: changed.map((one) => ({
    container: "app",
    field: "limits.memory",
    before: "1Gi",
    after: "512Mi",
    ...one,
  })),
});
const signs = (hours: number, app: Partial<ContainerSigns> = {}, more: Partial<Signs> = {}): Signs => ({
  seconds: hours * 3600,
  containers: new Map([["app", { oomKills: 0, restarts: 0, periods: 0, throttledPeriods: 0, ...app }]]),
  pendingSeconds: 0,
  atMaximumSeconds: 0,
  ...more,
});
const worse = (target: Target, before: Signs, after: Signs): string[] =>
  whatGotWorse(target, { before, after, signals: [] }, DEFAULT_AFTER_MERGE).map(({ sentence }) => sentence);

describe("what got worse after a merge", () => {
  it("is a kill for lack of memory where there was none, and what was lowered is too little", () => {
    const [finding] = whatGotWorse(
      targetOf(
        {},
        { field: "requests.memory", before: "1Gi", after: "512Mi" },
        { field: "requests.cpu", before: "1", after: "500m" },
      ),
      { before: signs(24), after: signs(2, { oomKills: 1, restarts: 1 }), signals: [] },
      DEFAULT_AFTER_MERGE,
    );
    expect(finding).toEqual({
      sentence:
        "container app: killed for lack of memory once in 2 h, and not once in the 24 h before the merge",
      tooLittle: [
        { container: "app", field: "limits.memory", amount: "512Mi" },
        { container: "app", field: "requests.memory", amount: "512Mi" },
      ],
    });
  });

  it("is not what was as bad before, in the same time", () => {
    expect(worse(targetOf({}), signs(24, { oomKills: 12 }), signs(2, { oomKills: 2 }))).toEqual([]);
    expect(worse(targetOf({}), signs(24, { oomKills: 12 }), signs(2, { oomKills: 3 }))).toHaveLength(1);
  });

  it("is not what the change can't have done", () => {
    const raised = targetOf({ before: "512Mi", after: "1Gi" });
    const kills = signs(2, { oomKills: 5, restarts: 5 });
    expect(worse(raised, signs(24), kills)).toEqual([]);
    const request = targetOf({ field: "requests.cpu", before: "1", after: "500m" });
    expect(worse(request, signs(24), signs(2, { periods: 1000, throttledPeriods: 900 }))).toEqual([]);
    expect(worse(request, signs(24), signs(2, {}, { pendingSeconds: 9000 }))).toEqual([]);
  });

  it("is throttling by a lower CPU limit, once there are periods enough to say so", () => {
    const target = targetOf({ field: "limits.cpu", before: "2", after: "1" });
    const before = signs(24, { periods: 1000, throttledPeriods: 50 });
    expect(worse(target, before, signs(2, { periods: 50, throttledPeriods: 50 }))).toEqual([]);
    expect(worse(target, before, signs(2, { periods: 1000, throttledPeriods: 400 }))).toEqual([
      "container app: its CPU limit throttled it in 40 % of all periods, and in 5 % before the merge",
    ]);
  });

  it("is a pod that finds no node with a larger request, and teaches no floor", () => {
    const target = targetOf({ field: "requests.cpu", before: "1", after: "8" });
    const measured = { before: signs(24), after: signs(2, {}, { pendingSeconds: 1800 }), signals: [] };
    expect(whatGotWorse(target, measured, DEFAULT_AFTER_MERGE)).toEqual([
      {
        sentence: "a pod waited for a node for 30 min, and none in the 24 h before the merge",
        tooLittle: [],
      },
    ]);
  });

  it("is an autoscaler that stands at its maximum since the request is lower", () => {
    const target = targetOf({ field: "requests.cpu", before: "1", after: "500m" });
    expect(
      worse(target, signs(24, {}, { atMaximumSeconds: 3600 }), signs(4, {}, { atMaximumSeconds: 7200 })),
    ).toEqual([
      "its autoscaler stood at its maximum for 120 min of 4 h, and for 60 min of the 24 h before the merge",
    ]);
  });

  describe("by a number of the user's own", () => {
    const policy = {
      ...DEFAULT_AFTER_MERGE,
      signals: [{ name: "p99 latency", query: "", worsePercent: 50, ignoreBelow: 0.1 }],
    };
    const findings = (before: readonly number[], after: readonly number[]) =>
      whatGotWorse(
        targetOf(),
        { before: signs(24), after: signs(2), signals: [{ name: "p99 latency", before, after }] },
        policy,
      );
    const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

    it("is a median that is half more, and above nearly all that was", () => {
      expect(findings(times(100, 0.2), times(24, 0.31))[0]?.sentence).toBe(
        "p99 latency: the median is 0.31 since the merge, and was 0.2 before (95 % of the time at most 0.2)",
      );
      expect(findings(times(100, 0.2), times(24, 0.29))).toEqual([]);
    });

    it("is nothing that was seen often before, that is small, or that hardly anything tells of", () => {
      expect(findings([...times(80, 0.2), ...times(20, 0.5)], times(24, 0.4))).toEqual([]);
      expect(findings(times(100, 0.01), times(24, 0.09))).toEqual([]);
      expect(findings(times(100, 0.2), times(5, 9))).toEqual([]);
    });
  });

  it("is nothing where nothing is different", () => {
    fc.assert(
      fc.property(
        fc.record({
          oomKills: fc.nat(50),
          restarts: fc.nat(50),
          periods: fc.nat(9999),
          throttledPeriods: fc.nat(9999),
        }),
        fc.nat(9999),
        fc.nat(9999),
        (app, pendingSeconds, atMaximumSeconds) => {
          const same = signs(24, app, { pendingSeconds, atMaximumSeconds });
          const everything = targetOf(
            {},
            { field: "limits.cpu", before: "2", after: "1" },
            { field: "requests.cpu", before: "1", after: "2" },
          );
          expect(worse(everything, same, same)).toEqual([]);
        },
      ),
    );
  });
});
