import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Distribution, exactDistribution } from "../../src/usage/distribution.ts";
import {
  merge,
  mergeWeighted,
  type Sketch,
  SKETCH_ERROR,
  SketchBuilder,
  sketchOf,
} from "../../src/usage/sketch.ts";

/** From a tenth of a millicore to a TiB, and nothing at all. */
const amount = fc.oneof(
  fc.double({ min: 1e-4, max: 2 ** 40, noNaN: true }),
  fc.double({ min: 1e-4, max: 4, noNaN: true }),
  fc.constant(0),
);
const amounts = fc.array(amount, { minLength: 1, maxLength: 200 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const runs = { numRuns: 500 };

/** A sum depends a little on the order of addition; all else is exact. */
function expectSame(got: Sketch, want: Sketch): void {
  const [{ sum, ...parts }, { sum: wanted, ...others }] = [got.parts, want.parts];
  expect({ ...parts, counts: [...parts.counts] }).toEqual({ ...others, counts: [...others.counts] });
  expect(Math.abs(sum - wanted)).toBeLessThanOrEqual(1e-9 * wanted);
}

function near(got: number, want: number): void {
  // Less than a millionth of a core is nothing.
  expect(Math.abs(got - want)).toBeLessThanOrEqual(want * SKETCH_ERROR * (1 + 1e-9) + 1e-6);
}

describe("a sketch", () => {
  it("knows every quantile to a hundredth, and count, least, most and mean exactly", () => {
    expect(SKETCH_ERROR).toBeLessThanOrEqual(0.01);
    fc.assert(
      fc.property(amounts, share, (values, q) => {
        const [got, want]: Distribution[] = [sketchOf(values), exactDistribution(values)];
        near(got?.quantile(q) ?? Number.NaN, want?.quantile(q) ?? Number.NaN);
        expect(got).toMatchObject({ count: want?.count, min: want?.min, max: want?.max });
        expect(
          Math.abs((got?.mean ?? Number.NaN) / (want?.mean || 1) - (want?.mean === 0 ? 0 : 1)),
        ).toBeLessThan(1e-9);
      }),
      runs,
    );
  });

  it("rises with the share, and stays between the least and the most", () => {
    fc.assert(
      fc.property(amounts, share, share, (values, a, b) => {
        const sketch = sketchOf(values);
        const [low, high] = [sketch.quantile(Math.min(a, b)), sketch.quantile(Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(sketch.min);
        expect(high).toBeLessThanOrEqual(sketch.max);
      }),
      runs,
    );
  });

  it("of identical values gives that value", () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 50 }), share, (value, count, q) => {
        expect(sketchOf(Array.from({ length: count }, () => value)).quantile(q)).toBe(value);
      }),
      runs,
    );
  });

  it("knows no order, and no matter whether values come one by one or many at once", () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const builder = new SketchBuilder();
        builder.waiting.set(values);
        builder.fill(values.length);
        const wanted = sketchOf(values);
        expectSame(builder.take(), wanted);
        expectSame(sketchOf(values.toReversed()), wanted);
        // What was taken is gone.
        expect(builder.take().count).toBe(0);
        builder.add(1);
        expectSame(builder.take(), sketchOf([1]));
      }),
      runs,
    );
  });

  it("of another unit has the same shape", () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom(1000, 1024, 1e-3, 2 ** -10), share, (values, unit, q) => {
        const [one, other] = [sketchOf(values), sketchOf(values.map((value) => value * unit))];
        const want = exactDistribution(values).quantile(q);
        near(one.quantile(q), want);
        near(other.quantile(q), want * unit);
      }),
      runs,
    );
  });

  it("leaves out what is negative or no finite number, and counts what is too large at the top", () => {
    const sketch = sketchOf([Number.NaN, -1, Number.POSITIVE_INFINITY, 0, -0, 1, 2 ** 50]);
    expect(sketch).toMatchObject({ count: 4, min: 0, max: 2 ** 50 });
    expect([...sketch.bins()].reduce((sum, [, count]) => sum + count, 0)).toBe(4);
    expect(sketch.quantile(1)).toBe(2 ** 50);
    expect([...sketchOf([0, -0]).bins()]).toEqual([[0, 2]]);
    expect(sketchOf([])).toMatchObject({ count: 0, mean: Number.NaN });
  });
});

describe("sketches that are merged", () => {
  const several = fc.array(fc.array(amount, { maxLength: 60 }), { maxLength: 6 });

  it("are the sketch of the union, in whatever order and however they are bracketed", () => {
    fc.assert(
      fc.property(several, (parts) => {
        const union = sketchOf(parts.flat());
        const sketches = parts.map(sketchOf);
        expectSame(merge(sketches), union);
        expectSame(merge(sketches.toReversed()), union);
        expectSame(
          sketches.reduce((all, one) => merge([all, one]), merge([])),
          union,
        );
        expectSame(merge(parts.map(exactDistribution)), union);
      }),
      runs,
    );
  });

  it("count as often as their weights say", () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const twice = mergeWeighted([
          [sketchOf(a), 2],
          [sketchOf(b), 1],
        ]);
        expectSame(twice, sketchOf([...a, ...a, ...b]));
        const half = mergeWeighted([[sketchOf(a), 0.5]]);
        expect(half.count).toBeCloseTo(a.length / 2, 9);
        expect(half.mean).toBe(sketchOf(a).mean);
        const none = mergeWeighted([
          [sketchOf(a), 0],
          [sketchOf(b), 1],
        ]);
        expectSame(none, sketchOf(b));
      }),
      runs,
    );
  });
});
