import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Advice } from "../../src/advice/advise.ts";
import { confidence, type Grounds, levelOf } from "../../src/advice/confidence.ts";
import { adviceFor, MI, PLAIN, type PodDays, usageOf } from "./situations.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const grounds = fc.record({
  coverage: share,
  samples: share,
  age: share,
  spare: share,
  stability: share,
});

/** A request that is to be moved at once, or in steps. */
const cpu = (request: string, ...pods: PodDays[]): Advice =>
  adviceFor({ usage: usageOf(...pods), requests: { cpu: request } });
const stepwise = (request: string, ...pods: PodDays[]): Advice =>
  adviceFor({ usage: usageOf(...pods), requests: { cpu: request }, policy: PLAIN });
const days = (use: (day: number) => number): PodDays[] =>
  Array.from({ length: 14 }, (_, day) => ({ from: day, to: day, cpu: use(day) }));

describe("confidence", () => {
  it("never falls where any ground is better, more coverage among them", () => {
    const one = fc.constantFrom<keyof Grounds>("coverage", "samples", "age", "spare", "stability");
    fc.assert(
      fc.property(grounds, one, share, (worse, ground, more) => {
        const better = { ...worse, [ground]: Math.max(worse[ground], more) };
        expect(confidence(better)).toBeGreaterThanOrEqual(confidence(worse));
        expect(confidence(better)).toBeLessThan(1);
      }),
    );
  });

  it("is high for two even weeks, and less for few days", () => {
    const even = cpu("1", { cpu: 0.2 });
    expect(even).toMatchObject({ confidence: 0.93, confidenceLevel: "high" });
    expect(cpu("1", { cpu: 0.2, from: 12 })).toMatchObject({ confidence: 0.67, confidenceLevel: "low" });
  });

  it("is higher where a step leaves more room above what was used", () => {
    const [near, far] = ["350m", "2"].map((request) => stepwise(request, { cpu: 0.2 }));
    expect([near, far].map((advice) => advice?.recommended?.requests.cpu)).toEqual(["200m", "1"]);
    expect([near, far].map((advice) => advice?.confidence)).toEqual([0.93, 0.99]);
  });

  it("is low where use grows, unless there is room for a week of it", () => {
    const growing = days((day) => 0.1 * 1.07 ** day);
    expect(cpu("2", ...growing)).toMatchObject({ confidence: 0.51, confidenceLevel: "low" });
    expect(stepwise("2", ...growing)).toMatchObject({ confidence: 0.99, confidenceLevel: "high" });
  });

  it("is lower where use often rose within a week by more than there is room for", () => {
    const jumping = cpu("1", ...days((day) => (day % 4 === 1 ? 0.2 : 0.1)));
    expect(jumping).toMatchObject({ recommended: { requests: { cpu: "200m" } }, confidence: 0.67 });
  });

  it("is that both resources hold, and none where nothing was seen", () => {
    const usage = usageOf({ cpu: 0.2, memory: 100 * MI });
    const cpuAlone = adviceFor({ usage, requests: { cpu: "1", memory: "100Mi" } });
    const both = adviceFor({ usage, requests: { cpu: "1", memory: "1Gi" } });
    expect([cpuAlone.confidence, both.confidence]).toEqual([0.93, 0.87]);
    expect(adviceFor({ usage: undefined })).toMatchObject({ confidence: 0, confidenceLevel: "low" });
  });

  it("is about the memory limit, where there is one", () => {
    const usage = usageOf({ memory: 100 * MI });
    const of = (limit: string) =>
      adviceFor({ usage, requests: { memory: "1Gi" }, limits: { memory: limit } }).confidence;
    expect(of("4Gi")).toBeGreaterThan(of("1Gi"));
  });

  it("is about what is there, where that is held", () => {
    expect(cpu("200m", { cpu: 0.2 })).toMatchObject({ recommended: null, confidence: 0.93 });
    const disabled = { ...PLAIN, mode: "disabled" } as const;
    const held = adviceFor({ usage: usageOf({ cpu: 0.2 }), requests: { cpu: "2" }, policy: disabled });
    expect(held).toMatchObject({ recommended: null, confidence: 0.99 });
  });

  it("has words for its numbers", () => {
    expect([0.92, 0.9, 0.89, 0.75, 0.74, 0].map(levelOf)).toEqual([
      "high",
      "high",
      "medium",
      "medium",
      "low",
      "low",
    ]);
  });
});
