import { describe, expect, it } from "vitest";
import type { Policy } from "../../../src/advice/policy.ts";
import type { Amounts } from "../../../src/domain/resources.ts";
import { adviceFor, BARE, codes, guarded, MI, PLAIN, type PodDays, usageOf } from "../situations.ts";

describe("the largest step", () => {
  /** The requests of one sweep after the other, each done before the next. */
  function sweeps(cpu: number, first: string, policy: Policy): string[] {
    const requests: string[] = [];
    for (let now: string | undefined = first; now !== undefined;) {
      now = adviceFor({ usage: usageOf({ cpu }), requests: { cpu: now }, policy }).recommended?.requests.cpu;
      if (now !== undefined) requests.push(now);
    }
    return requests;
  }

  it("halves at the most, and several sweeps arrive", () => {
    expect(sweeps(0.1, "1", PLAIN)).toEqual(["500m", "250m", "130m", "100m"]);
    expect(sweeps(0.1, "1", guarded({ largestStepPercent: { down: 80, up: 400 } }))).toEqual([
      "200m",
      "100m",
    ]);
  });

  it("raises five times at the most", () => {
    expect(sweeps(20, "100m", PLAIN)).toEqual(["500m", "2500m", "12500m", "20"]);
  });

  it("does not keep from the policy's least, nor a first request", () => {
    expect(sweeps(0.001, "1m", PLAIN)).toEqual(["10m"]);
    expect(adviceFor({ usage: usageOf({ cpu: 2 }), policy: PLAIN }).recommended?.requests.cpu).toBe("2");
  });

  it("is said", () => {
    const { guarded: by } = adviceFor({
      usage: usageOf({ cpu: 0.1 }),
      requests: { cpu: "1" },
      policy: PLAIN,
    });
    expect(by).toEqual([
      { resource: "cpu", code: "largest-step", message: "one change lowers it by 50 % at the most" },
    ]);
  });
});

describe("a change that is not worth a review", () => {
  const small = (said: Partial<Policy>, requests: Amounts, use: PodDays, replicas = 1) =>
    adviceFor({ usage: usageOf(use), requests, policy: { ...BARE, ...said }, workload: { replicas } });

  it("is one of less than so many percent", () => {
    expect(codes(small({}, { cpu: "1" }, { cpu: 0.92 }))).toContain("cpu change-too-small");
    expect(small({}, { cpu: "1" }, { cpu: 0.9 }).recommended?.requests.cpu).toBe("900m");
  });

  it("is one of a few millicores or megabytes in all replicas together", () => {
    const policy = { minimumChange: { cpu: "10m", memory: "16Mi" } };
    expect(codes(small(policy, { cpu: "20m" }, { cpu: 0.015 }))).toContain("cpu change-too-small");
    expect(small(policy, { cpu: "20m" }, { cpu: 0.015 }, 2).recommended?.requests.cpu).toBe("15m");
    expect(codes(small(policy, { memory: "72Mi" }, { memory: 60 * MI }))).toContain(
      "memory change-too-small",
    );
  });

  it("is one that saves too little, while raising is never held by money", () => {
    const policy = { prices: { cpuCoreMonth: 20, memoryGiMonth: 3, currency: "EUR" }, minimumSavings: 25 };
    const both = { cpu: "1", memory: "2Gi" };
    const advice = small(policy, both, { cpu: 0.2, memory: 512 * MI });
    expect(advice.held).toEqual([
      { resource: "cpu", code: "saving-too-small", message: "it would save 20.50 EUR a month, less than 25" },
      {
        resource: "memory",
        code: "saving-too-small",
        message: "it would save 20.50 EUR a month, less than 25",
      },
    ]);
    expect(small(policy, both, { cpu: 0.2, memory: 512 * MI }, 2).held).toEqual([]);
    const mixed = small(policy, both, { cpu: 2, memory: 512 * MI });
    expect(mixed.recommended?.requests).toEqual({ cpu: "2", memory: "2Gi" });
  });

  it("is none: the first request of a container", () => {
    expect(
      small({ minimumChange: { cpu: "1", memory: "1Gi" } }, {}, { cpu: 0.02 }).recommended,
    ).not.toBeNull();
  });
});

describe("the policy's bounds", () => {
  it("hold, and are said", () => {
    const bounds = { cpu: { min: "100m", max: "2" }, memory: { min: "128Mi", max: "1Gi" } };
    const at = (cpu: number) =>
      adviceFor({ usage: usageOf({ cpu }), requests: { cpu: "500m" }, policy: { ...BARE, bounds } });
    expect(at(0.01).recommended?.requests.cpu).toBe("100m");
    expect(at(7).recommended?.requests.cpu).toBe("2");
    expect(at(7).guarded).toEqual([{ resource: "cpu", code: "bounds", message: "the policy's most is 2" }]);
  });
});
