import { describe, expect, it } from "vitest";
import type { LimitRule } from "../../../src/advice/policy.ts";
import { krrLimit } from "../../../src/advice/strategies/krr-limit.ts";
import { adviceFor, BARE, type Case, codes, MI, usageOf } from "../situations.ts";

const USAGE = usageOf({ cpu: 0.2, memory: 200 * MI });
const ASKED = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } };

function limits(rules: { cpu?: LimitRule; memory?: LimitRule }, said: Omit<Case, "usage"> = ASKED) {
  return adviceFor({ usage: USAGE, ...said, policy: { ...BARE, limits: { ...BARE.limits, ...rules } } });
}

describe("a limit", () => {
  const cases: [string, { cpu?: LimitRule; memory?: LimitRule }, { cpu: string; memory: string }][] = [
    ["of CPU is kept, of memory keeps its ratio", {}, { cpu: "2", memory: "416Mi" }],
    ["of CPU may keep its ratio", { cpu: { rule: "proportional" } }, { cpu: "400m", memory: "416Mi" }],
    ["may be kept", { memory: { rule: "keep" } }, { cpu: "2", memory: "2Gi" }],
    ["may equal the request", { memory: { rule: "ratio", ratio: 1 } }, { cpu: "2", memory: "208Mi" }],
    [
      "may be so many times the request",
      { cpu: { rule: "ratio", ratio: 3 } },
      { cpu: "600m", memory: "416Mi" },
    ],
    [
      "may lie above the highest use",
      { memory: { rule: "headroom", percent: 50 } },
      { cpu: "2", memory: "304Mi" },
    ],
  ];
  it.each(cases)("%s", (_, rules, expected) => {
    const { recommended } = limits(rules);
    expect(recommended).toEqual({ requests: { cpu: "200m", memory: "208Mi" }, limits: expected });
  });

  it("that is not there is never invented", () => {
    const rules = { cpu: { rule: "ratio", ratio: 2 }, memory: { rule: "headroom", percent: 50 } } as const;
    expect(limits(rules, { requests: ASKED.requests }).recommended?.limits).toEqual({});
  });

  it("of CPU is not lowered below the highest use", () => {
    const spiky = usageOf({ cpu: [...Array<number>(287).fill(0.1), 1.5] });
    const policy = { ...BARE, limits: { ...BARE.limits, cpu: { rule: "proportional" } as const } };
    expect(
      adviceFor({ usage: spiky, requests: { cpu: "1" }, limits: { cpu: "2" }, policy }).recommended,
    ).toEqual({
      requests: { cpu: "100m" },
      limits: { cpu: "1500m" },
    });
  });

  it("is the strategy's where that has its own mind of it", () => {
    const usage = usageOf({ cpu: [0.1, 0.2, 0.3, 0.4] });
    const policy = {
      ...BARE,
      strategy: krrLimit(),
      limits: { ...BARE.limits, cpu: { rule: "proportional" } as const },
    };
    const { recommended } = adviceFor({ usage, requests: { cpu: "1" }, limits: { cpu: "4" }, policy });
    // The 66th and the 96th percentile, not four times the former.
    expect(recommended).toEqual({ requests: { cpu: "300m" }, limits: { cpu: "410m" } });
  });

  it("is not touched where only requests are to be", () => {
    const policy = { ...BARE, updateRequestsOnly: true };
    const { recommended } = adviceFor({ usage: USAGE, ...ASKED, policy });
    expect(recommended).toEqual({ requests: { cpu: "200m", memory: "208Mi" }, limits: ASKED.limits });
    const more = adviceFor({ usage: usageOf({ memory: 3000 * MI }), ...ASKED, policy });
    expect(more.recommended?.requests.memory).toBe("2Gi");
    expect(more.guarded).toContainEqual({
      resource: "memory",
      code: "memory-limit",
      message: "its memory limit of 2Gi is left as it is",
    });
  });
});

describe("a Guaranteed pod", () => {
  const same = { cpu: "1", memory: "1Gi" };
  const both = { requests: same, limits: same };
  const moving = { cpu: { rule: "proportional" }, memory: { rule: "headroom", percent: 50 } } as const;

  it("stays Guaranteed: request and limit are one number", () => {
    expect(limits(moving, both).recommended).toEqual({
      requests: { cpu: "210m", memory: "208Mi" },
      limits: { cpu: "210m", memory: "208Mi" },
    });
  });

  it("keeps CPU as it is where the policy keeps CPU limits", () => {
    const advice = limits({}, both);
    expect(codes(advice)).toEqual(["cpu qos"]);
    expect(advice.recommended).toEqual({
      requests: { cpu: "1", memory: "208Mi" },
      limits: { cpu: "1", memory: "208Mi" },
    });
  });

  it("is not throttled by its lower request: its limit bears the highest use", () => {
    const spiky = usageOf({ cpu: [...Array<number>(287).fill(0.1), 0.6] });
    const policy = { ...BARE, limits: { ...BARE.limits, ...moving } };
    expect(adviceFor({ usage: spiky, ...both, policy }).recommended?.requests.cpu).toBe("600m");
  });

  it("is none where another container's request differs", () => {
    const own = { name: "app", role: "main" as const, resources: both };
    const other = { name: "proxy", role: "sidecar" as const, resources: { requests: {}, limits: {} } };
    const advice = adviceFor({ usage: USAGE, ...both, workload: { containers: [own, other] } });
    expect(advice.recommended?.requests.cpu).toBe("200m");
    expect(advice.recommended?.limits.cpu).toBe("1");
  });
});
