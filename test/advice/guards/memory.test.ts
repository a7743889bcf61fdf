import { describe, expect, it } from "vitest";
import type { HeapSetting } from "../../../src/domain/workload.ts";
import { adviceFor, BARE, codes, guarded, MI, usageOf } from "../situations.ts";

const EACH = { requests: { memory: "4Gi" }, limits: { memory: "4Gi" } };

describe("memory is not lowered below its highest use", () => {
  const usage = usageOf(
    { memory: 100 * MI },
    { pod: "app-1", from: 3, to: 3, memory: [...Array<number>(287).fill(100 * MI), 900 * MI] },
  );

  it("and a margin, neither the request nor the limit", () => {
    const advice = adviceFor({ usage, ...EACH, policy: guarded({ memoryPeakMarginPercent: 10 }, BARE) });
    expect(advice.recommended).toEqual({ requests: { memory: "992Mi" }, limits: { memory: "992Mi" } });
    expect(advice.guarded).toEqual([expect.objectContaining({ code: "memory-peak" })]);
  });

  it("even where the policy's most is lower: then it is held", () => {
    const bounds = { ...BARE.bounds, memory: { min: "32Mi", max: "512Mi" } };
    const advice = adviceFor({ usage, ...EACH, policy: { ...BARE, bounds } });
    expect(codes(advice)).toContain("memory memory-peak");
    expect(advice.recommended).toBeNull();
  });

  it("while CPU may be", () => {
    const spiky = usageOf({ cpu: [...Array<number>(287).fill(0.1), 2] });
    expect(adviceFor({ usage: spiky, requests: { cpu: "4" } }).recommended?.requests.cpu).toBe("100m");
  });
});

describe("after an OOM kill", () => {
  const killed = (day: number, count = 1) =>
    usageOf(
      { memory: 100 * MI },
      { pod: "app-1", from: day, to: day, memory: 100 * MI, events: { oomKills: count } },
    );

  it.each([
    [12, true],
    [7, true],
    [6, false],
  ])("on day %i of 14, memory is kept: %s", (day, kept) => {
    const advice = adviceFor({ usage: killed(day), ...EACH });
    expect(codes(advice).includes("memory oom-kill")).toBe(kept);
    expect(advice.recommended?.requests.memory).toBe(kept ? undefined : "100Mi");
  });

  it("of an image that is gone, too", () => {
    const usage = usageOf(
      { memory: 100 * MI, image: "a:1", to: 8, events: { oomKills: 1 } },
      { memory: 100 * MI, image: "a:2", from: 8 },
    );
    expect(codes(adviceFor({ usage, ...EACH }))).toContain("memory oom-kill");
  });
});

describe("a heap", () => {
  const usage = usageOf({ memory: 300 * MI });
  const advised = (...heap: HeapSetting[]) => adviceFor({ usage, ...EACH, container: { heap } });

  it("of fixed size fits into the request and the limit, with headroom", () => {
    const { recommended, guarded: by } = advised({ flag: "-Xmx", bytes: 1024 * MI });
    expect(recommended).toEqual({ requests: { memory: "1280Mi" }, limits: { memory: "1280Mi" } });
    expect(by).toEqual([{ resource: "memory", code: "heap", message: "-Xmx promises a heap of 1024 MiB" }]);
  });

  it("of several counts as the largest", () => {
    expect(
      advised({ flag: "-Xmx", bytes: 512 * MI }, { flag: "GOMEMLIMIT", bytes: 800 * MI }).recommended
        ?.requests,
    ).toEqual({ memory: "1008Mi" });
  });

  it("that is a share of the limit keeps the limit, while the request may fall", () => {
    const { recommended } = advised({ flag: "-XX:MaxRAMPercentage", shareOfLimit: 0.75 });
    expect(recommended).toEqual({ requests: { memory: "304Mi" }, limits: { memory: "4Gi" } });
  });

  it("that fills the limit is no sign of too little", () => {
    const full = usageOf({ memory: 990 * MI });
    const policy = guarded({ nearLimitPercent: 95 }, BARE);
    const gib = { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } };
    expect(adviceFor({ usage: full, ...gib, policy }).urgent).toHaveLength(1);
    const heap = [{ flag: "-XX:MaxRAMPercentage", shareOfLimit: 0.75 }];
    const filled = adviceFor({ usage: full, ...gib, policy, container: { heap } });
    expect(filled.urgent).toEqual([]);
    expect(filled.recommended).toBeNull();
    const quarter = [{ flag: "a JVM without heap flags", shareOfLimit: 0.25 }];
    expect(adviceFor({ usage: full, ...gib, policy, container: { heap: quarter } }).urgent).toHaveLength(1);
  });

  it("says nothing of CPU", () => {
    const cpu = usageOf({ cpu: 0.2 });
    const heap = [{ flag: "-Xmx", bytes: 1e12 }];
    expect(
      adviceFor({ usage: cpu, requests: { cpu: "1" }, container: { heap } }).recommended?.requests.cpu,
    ).toBe("200m");
  });
});
