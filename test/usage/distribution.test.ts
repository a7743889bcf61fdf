import fc from "fast-check";
import { expect, it } from "vitest";
import { exactDistribution } from "../../src/usage/distribution.ts";

// OptiPod's vectors: linear interpolation at rank p/100·(n−1).
it.each([
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.5, 5.5],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9.1],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99, 9.91],
  [[3, 1, 2], 0.5, 2],
  [[100, 200], 0.9, 190],
  [[7], 0.99, 7],
  [[5, 5, 5], 0.9, 5],
  [[1, 2], -1, 1],
  [[1, 2], 2, 2],
])("of %j the share %d lies below %d", (values, q, expected) => {
  expect(exactDistribution(values).quantile(q)).toBeCloseTo(expected, 12);
});

it("of nothing there is nothing to tell, and what is no number does not count", () => {
  const none = exactDistribution([Number.NaN, Number.POSITIVE_INFINITY]);
  expect(none).toMatchObject({ count: 0, max: Number.NaN, mean: Number.NaN });
  expect(none.quantile(0.5)).toBeNaN();
  expect(exactDistribution([Number.NaN, 2]).quantile(0.5)).toBe(2);
});

it("a quantile lies between the least and the most, rises with its share, and knows no order of values", () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e12 }), { minLength: 1, maxLength: 50 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(values, share, share, (all, a, b) => {
      const distribution = exactDistribution(all);
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => distribution.quantile(q));
      expect(low).toBeGreaterThanOrEqual(Math.min(...all));
      expect(high).toBeLessThanOrEqual(Math.max(...all));
      expect((high ?? 0) - (low ?? 0)).toBeGreaterThanOrEqual(-1e-3);
      expect(exactDistribution(all.toReversed()).quantile(a)).toBe(distribution.quantile(a));
    }),
    { numRuns: 2000 },
  );
});
