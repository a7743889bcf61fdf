import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readableCpu, readableMemory } from "../../src/advice/readable.ts";
import { baseUnits } from "../../src/domain/quantity.ts";

const MI = 2 ** 20;

it.each([
  [0.0004, "5m"],
  [0.011, "15m"],
  [0.0999, "100m"],
  [0.1, "100m"],
  [0.1001, "110m"],
  [0.35, "350m"],
  [0.1 + 0.2, "300m"],
  [0.999, "1"],
  [1.01, "1050m"],
  [4.01, "4250m"],
  [7.9, "8"],
])("%d cores are written %s", (cores, text) => {
  expect(readableCpu(cores)).toBe(text);
});

it.each([
  [100, "4Mi"],
  [125 * MI, "128Mi"],
  [128 * MI, "128Mi"],
  [129 * MI, "144Mi"],
  [1023 * MI, "1Gi"],
  [1025 * MI, "1088Mi"],
  [4097 * MI, "4352Mi"],
  [1e11, "95488Mi"],
])("%d bytes are written %s", (bytes, text) => {
  expect(readableMemory(bytes)).toBe(text);
});

describe.each([
  ["cores", readableCpu, 64, 1e-6],
  ["bytes", readableMemory, 2 ** 38, 1e-6 * 256 * MI],
] as const)("for any number of %s", (_, readable, most, hair) => {
  const value = fc.double({ min: 0, max: most, noNaN: true }).map((number) => number ** 3 / most ** 2);

  it("what is written covers it, reads the same again, and rises with it", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const written = baseUnits(readable(a));
        expect(written).toBeGreaterThanOrEqual(a - hair);
        expect(readable(written)).toBe(readable(a));
        if (a <= b) expect(written).toBeLessThanOrEqual(baseUnits(readable(b)));
      }),
      { numRuns: 2000 },
    );
  });
});
