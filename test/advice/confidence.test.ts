import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { confidence, type Grounds, levelOf } from "../../src/advice/confidence.ts";
import { adviceFor, MI, type PodDays, usageOf } from "./situations.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const grounds = fc.record({
  coverage: share,
  samples: share,
  age: share,
  evenness: share,
  levelness: share,
  stability: share,
});
const REQUESTS = { cpu: "2" };

describe("confidence", () => {
  it("never falls where any ground is better, more coverage among them", () => {
    const one = fc.constantFrom<keyof Grounds>(
      "coverage",
      "samples",
      "age",
      "evenness",
      "levelness",
      "stability",
    );
    fc.assert(
      fc.property(grounds, one, share, (worse, ground, more) => {
        const better = { ...worse, [ground]: Math.max(worse[ground], more) };
        expect(confidence(better)).toBeGreaterThanOrEqual(confidence(worse));
        expect(confidence(better)).toBeLessThan(1);
      }),
    );
  });

  it("is high for two even weeks, and less for few, uneven or growing days", () => {
    const of = (...pods: PodDays[]) => adviceFor({ usage: usageOf(...pods), requests: REQUESTS });
    const even = of({ cpu: 0.2 });
    expect(even).toMatchObject({ confidence: 0.92, confidenceLevel: "high" });
    const growing = of(
      ...Array.from({ length: 14 }, (_, day) => ({ from: day, to: day, cpu: 0.1 + day / 20 })),
    );
    const uneven = of({ cpu: 0.2, to: 12 }, { cpu: 0.9, from: 13 });
    const few = of({ cpu: 0.2, from: 12 });
    for (const worse of [growing, uneven, few]) expect(worse.confidence).toBeLessThan(even.confidence);
    expect(growing.confidenceLevel).toBe("low");
  });

  it("is that of the less sure resource, and none where nothing was seen", () => {
    const usage = usageOf({ cpu: 0.2, memory: 100 * MI }, { pod: "app-1", from: 13, memory: 900 * MI });
    const requests = { cpu: "2", memory: "4Gi" };
    const cpuOnly = adviceFor({ usage: usageOf({ cpu: 0.2 }), requests });
    expect(adviceFor({ usage, requests }).confidence).toBeLessThan(cpuOnly.confidence);
    const held = adviceFor({ usage: usageOf({ cpu: 0.2 }), requests: { cpu: "200m" } });
    expect(held).toMatchObject({ recommended: null, confidence: 0.92 });
    expect(adviceFor({ usage: undefined })).toMatchObject({ confidence: 0, confidenceLevel: "low" });
  });

  it("has words for its numbers", () => {
    expect([0.92, 0.88, 0.87, 0.75, 0.74, 0].map(levelOf)).toEqual([
      "high",
      "high",
      "medium",
      "medium",
      "low",
      "low",
    ]);
  });
});
