import { describe, expect, it } from "vitest";
import { adviceFor, BARE, guarded, usageOf } from "./situations.ts";

describe("pods that use the same resources differently", () => {
  const shards = [0.1, 0.1, 0.1, 0.1, 1].map((cpu, index) => ({ pod: `db-${index}`, cpu }));
  const often = Array.from({ length: 30 }, (_, index) => ({
    pod: `db-${index}`,
    cpu: index === 7 ? 1 : 0.1,
  }));

  it("take the largest need of one, which the pool would hide", () => {
    const advice = adviceFor({ usage: usageOf(...often), requests: { cpu: "2" } });
    expect(advice.recommended?.requests.cpu).toBe("1");
    expect(advice.because[0]?.sentence).toContain("(pod db-7, which uses the most)");
    expect(adviceFor({ usage: usageOf(...shards), requests: { cpu: "2" } }).recommended?.requests.cpu).toBe(
      "1",
    );
  });

  it("are not told by one that lived too briefly to say what it needs", () => {
    const brief = often.map((pod, index) => (index === 7 ? { ...pod, from: 13 } : pod));
    const policy = { ...BARE, minimumSamples: 300 };
    const advice = adviceFor({ usage: usageOf(...brief), requests: { cpu: "2" }, policy });
    expect(advice.recommended?.requests.cpu).toBe("100m");
  });

  it("are pooled where they are alike, or where the policy says so", () => {
    const policy = guarded({ unevenPods: 100 }, BARE);
    const advice = adviceFor({ usage: usageOf(...often), requests: { cpu: "2" }, policy });
    expect(advice.recommended?.requests.cpu).toBe("100m");
    const alike = shards.map((pod, index) => ({ ...pod, cpu: 0.2 + index / 100 }));
    expect(
      adviceFor({ usage: usageOf(...alike), requests: { cpu: "2" } }).because[0]?.sentence,
    ).not.toContain("pod");
  });
});
