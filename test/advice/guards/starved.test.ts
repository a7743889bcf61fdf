import { describe, expect, it } from "vitest";
import { adviceFor, BARE as WITHOUT, codes, guarded, MI, usageOf } from "../situations.ts";

const BARE = guarded({ nearLimitPercent: 95 }, WITHOUT);
const GIB = { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } };
const CPU = { requests: { cpu: "500m" }, limits: { cpu: "1" } };
const MOVES = { ...BARE, limits: { ...BARE.limits, cpu: { rule: "proportional" } as const } };

describe("a container that was killed for lack of memory", () => {
  it("gets a fifth more than its limit, at least 100 MiB, where it is killed under the limit it has", () => {
    const usage = usageOf({ memory: 600 * MI, events: { oomKills: 1 } });
    const { recommended, urgent } = adviceFor({ usage, ...GIB, policy: BARE });
    // 1.2 × 1024 MiB; the request stays, as the use that was seen is below it.
    expect(recommended).toEqual({ requests: { memory: "1Gi" }, limits: { memory: "1280Mi" } });
    expect(urgent).toEqual([
      {
        resource: "memory",
        code: "oom-kill",
        message: "it was killed for lack of memory 7 times in the last 7 days",
      },
    ]);
  });

  it("of little memory gets 100 MiB more, of which a fifth would be nothing", () => {
    const usage = usageOf({ memory: 80 * MI, events: { oomKills: 1 } });
    const amounts = { requests: { memory: "128Mi" }, limits: { memory: "128Mi" } };
    expect(adviceFor({ usage, ...amounts, policy: BARE }).recommended?.limits.memory).toBe("240Mi");
  });

  it("is not raised again for what happened to pods that are gone, under another limit", () => {
    const usage = usageOf(
      { pod: "old", memory: 600 * MI, to: 12, events: { oomKills: 1 } },
      { pod: "new", memory: 600 * MI, from: 13 },
    );
    const advice = adviceFor({ usage, ...GIB, policy: BARE });
    expect(advice.recommended).toBeNull();
    expect(codes(advice)).toContain("memory oom-kill");
  });

  it("is not raised above its present limit for a kill of some days ago, as it may have had a lower one", () => {
    const usage = usageOf(
      { pod: "app-x", memory: 600 * MI, to: 8 },
      { pod: "app-x", memory: 600 * MI, from: 9, to: 9, events: { oomKills: 1 } },
      { pod: "app-x", memory: 600 * MI, from: 10 },
    );
    expect(adviceFor({ usage, ...GIB, policy: BARE }).recommended).toBeNull();
  });

  it("asks for more where it has no limit", () => {
    const usage = usageOf({ memory: 900 * MI, events: { oomKills: 1 } });
    const { recommended } = adviceFor({ usage, requests: { memory: "1Gi" } });
    expect(recommended).toEqual({ requests: { memory: "1280Mi" }, limits: {} });
  });

  it("moves request and limit as one where the pod is Guaranteed", () => {
    const usage = usageOf({ cpu: 0.4, memory: 600 * MI, events: { oomKills: 1 } });
    const amounts = { cpu: "500m", memory: "1Gi" };
    expect(adviceFor({ usage, requests: amounts, limits: amounts }).recommended).toEqual({
      requests: { cpu: "500m", memory: "1280Mi" },
      limits: { cpu: "500m", memory: "1280Mi" },
    });
  });
});

describe("a container that its CPU limit throttles", () => {
  const usage = usageOf({ cpu: 0.8, events: { throttledPeriods: 300, periods: 1000 } });

  it("is told of where the policy keeps the limit, and asks for what it uses", () => {
    const advice = adviceFor({ usage, ...CPU });
    expect(advice.recommended).toEqual({ requests: { cpu: "800m" }, limits: { cpu: "1" } });
    expect(advice.urgent[0]).toEqual({
      resource: "cpu",
      code: "throttled",
      message: "its CPU limit throttled it in 30 % of the last days' periods",
    });
    const full = adviceFor({
      usage: usageOf({ cpu: 1, events: { throttledPeriods: 3, periods: 1000 } }),
      requests: { cpu: "1" },
      limits: { cpu: "1" },
    });
    expect(codes(full)).toContain("cpu cpu-limit");
  });

  it("is not lowered meanwhile, whatever its use says", () => {
    const idle = usageOf({ cpu: 0.1, events: { throttledPeriods: 300, periods: 1000 } });
    const advice = adviceFor({ usage: idle, ...CPU });
    expect(advice.recommended).toBeNull();
    expect(advice.held).toContainEqual({
      resource: "cpu",
      code: "cpu-limit",
      message: "its CPU limit throttled it in 30 % of the last days' periods, and the policy keeps its limit",
    });
  });

  it("gets a fifth more where limits may move", () => {
    expect(adviceFor({ usage, ...CPU, policy: MOVES }).recommended).toEqual({
      requests: { cpu: "800m" },
      limits: { cpu: "1600m" },
    });
  });

  it.each([
    ["now and then is not", { throttledPeriods: 200, periods: 1000 }],
    ["for moments is not", { throttledPeriods: 9, periods: 10 }],
  ])("%s", (_, events) => {
    expect(
      adviceFor({ usage: usageOf({ cpu: 0.4, from: 11, events }), ...CPU, policy: MOVES }).urgent,
    ).toEqual([]);
  });
});

describe("a use near the limit", () => {
  it("raises the limit, so that the next sweep finds it far enough away", () => {
    const usage = usageOf({ memory: 1000 * MI });
    const { recommended, urgent } = adviceFor({ usage, ...GIB, policy: BARE });
    expect(recommended).toEqual({ requests: { memory: "1Gi" }, limits: { memory: "1216Mi" } });
    expect(urgent).toEqual([expect.objectContaining({ code: "near-limit" })]);
    expect(adviceFor({ usage, ...recommended, policy: BARE }).recommended).toBeNull();
  });

  it("is as near as the policy says", () => {
    const usage = usageOf({ memory: 1000 * MI });
    expect(
      adviceFor({ usage, ...GIB, policy: guarded({ nearLimitPercent: 99 }, BARE) }).recommended,
    ).toBeNull();
  });

  it("that was long ago is none", () => {
    const usage = usageOf({ memory: 1000 * MI, to: 9 }, { memory: 500 * MI, from: 10 });
    expect(adviceFor({ usage, ...GIB, policy: BARE }).urgent).toEqual([]);
  });
});

describe("what has too little", () => {
  const usage = usageOf({ memory: 1000 * MI, events: { oomKills: 1 } });

  it("is not held back by the largest step, a saving, a percentage, or a small change", () => {
    const policy = {
      ...guarded({ largestStepPercent: { down: 1, up: 10 } }, BARE),
      minimumChangePercent: 100,
      minimumChange: { cpu: "100", memory: "1Ti" },
      prices: { cpuCoreMonth: 1, memoryGiMonth: 1, currency: "EUR" },
      minimumSavings: 1e9,
    };
    expect(adviceFor({ usage, ...GIB, policy }).recommended?.limits.memory).toBe("1280Mi");
  });

  it("of what it requests is not held back by the largest step or a percentage either", () => {
    const evictions = [{ container: "app", atMs: 12 * 86_400_000, usedBytes: 1010 * MI }];
    const step = guarded({ largestStepPercent: { down: 50, up: 10 } }, BARE);
    const policy = { ...step, minimumChangePercent: 50 };
    const advice = adviceFor({
      usage: usageOf({ memory: 900 * MI }),
      requests: { memory: "1000Mi" },
      limits: { memory: "4Gi" },
      policy,
      workload: { evictions },
    });
    expect(advice.recommended?.requests.memory).toBe("1216Mi");
  });

  it("is held where the policy keeps all limits, with the reason", () => {
    const advice = adviceFor({ usage, ...GIB, policy: { ...BARE, updateRequestsOnly: true } });
    expect(advice.held).toContainEqual({
      resource: "memory",
      code: "memory-limit",
      message: "it was killed for lack of memory 7 times in the last 7 days, and the policy keeps its limit",
    });
  });
});

describe("a container that a node short of memory threw out", () => {
  const usage = usageOf({ memory: 150 * MI });
  const evicted = (usedBytes: number, daysAgo: number) => ({
    workload: { evictions: [{ container: "app", atMs: (14 - daysAgo) * 86_400_000, usedBytes }] },
  });
  const AMOUNTS = { requests: { memory: "200Mi" }, limits: { memory: "1Gi" } };

  it("asks for a fifth more than it used then, without delay", () => {
    const advice = adviceFor({ usage, ...AMOUNTS, policy: BARE, ...evicted(300 * MI, 2) });
    expect(advice.recommended?.requests).toEqual({ memory: "368Mi" });
    expect(advice.urgent).toEqual([
      {
        resource: "memory",
        code: "evicted",
        message:
          "a node short of memory threw it out once in the last 7 days, as it used 300 MiB, more than its request",
      },
    ]);
  });

  it("is not raised again once its request covers that, nor lowered below it", () => {
    const amounts = { ...AMOUNTS, requests: { memory: "360Mi" } };
    const advice = adviceFor({ usage, ...amounts, policy: BARE, ...evicted(300 * MI, 2) });
    expect(advice.urgent).toEqual([]);
    expect(advice.recommended?.requests).toEqual({ memory: "304Mi" });
    expect(advice.guarded[0]?.code).toBe("evicted");
  });

  it("is not raised for what an older image used", () => {
    const old = usageOf({ memory: 300 * MI, image: "app:1", to: 8 });
    const young = usageOf({ memory: 150 * MI, image: "app:2", from: 9 });
    const released = { container: "app", days: [...young.days.toReversed(), ...old.days] };
    const policy = guarded({ daysOfNewImage: 3 }, BARE);
    const before = adviceFor({ usage: released, ...AMOUNTS, policy, ...evicted(300 * MI, 6) });
    expect(before.urgent).toEqual([]);
    expect(before.recommended?.requests).toEqual({ memory: "160Mi" });
    const since = adviceFor({ usage: released, ...AMOUNTS, policy, ...evicted(300 * MI, 2) });
    expect(since.recommended?.requests).toEqual({ memory: "368Mi" });
  });

  it("is raised for no more than its limit let it use, whatever an event says", () => {
    const amounts = { ...AMOUNTS, limits: { memory: "400Mi" } };
    const advice = adviceFor({ usage, ...amounts, policy: BARE, ...evicted(200 * 1024 * MI, 2) });
    expect(advice.urgent[0]?.message).toContain("as it used 400 MiB,");
    expect(advice.recommended?.requests).toEqual({ memory: "480Mi" });
  });

  it("is advised by its use again when that is long ago", () => {
    const advice = adviceFor({ usage, ...AMOUNTS, policy: BARE, ...evicted(300 * MI, 8) });
    expect(advice.recommended?.requests).toEqual({ memory: "160Mi" });
  });
});
