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

/** All but the sum, which depends on the order of addition in its last digits. */
function shapeOf({ parts: { bins, counts, min, max } }: Sketch): object {
  return { bins, counts: [...counts], min, max };
}

/** By what share it is off; less than a millionth of a core is nothing. */
function offBy(got: number, want: number): number {
  return Math.max(0, Math.abs(got - want) - 1e-6) / (want || 1);
}

const AT_MOST = SKETCH_ERROR * (1 + 1e-9);

describe("a sketch", () => {
  it("knows every quantile to a hundredth, and count, least, most and mean exactly", () => {
    expect(SKETCH_ERROR).toBeLessThanOrEqual(0.01);
    fc.assert(
      fc.property(amounts, share, (values, q) => {
        const [got, want]: Distribution[] = [sketchOf(values), exactDistribution(values)];
        expect(offBy(got?.quantile(q) ?? Number.NaN, want?.quantile(q) ?? Number.NaN)).toBeLessThanOrEqual(
          AT_MOST,
        );
        expect(got).toMatchObject({ count: want?.count, min: want?.min, max: want?.max });
        const mean = want?.mean ?? Number.NaN;
        expect(Math.abs((got?.mean ?? Number.NaN) - mean)).toBeLessThanOrEqual(1e-9 * mean);
      }),
      runs,
    );
  });

  it.each([-10, 0, 30])("is as right at the ends of each bin between 2^%i and twice that", (exponent) => {
    for (let part = 0; part < 64; part++)
      for (const within of [0, 0.5, 0.999]) {
        const value = 2 ** exponent * (1 + (part + within) / 64);
        expect(offBy(sketchOf([0, value, 2 ** 43]).quantile(0.5), value)).toBeLessThanOrEqual(AT_MOST);
      }
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
        expect(shapeOf(builder.take())).toEqual(shapeOf(wanted));
        expect(shapeOf(sketchOf(values.toReversed()))).toEqual(shapeOf(wanted));
        // What was taken is gone.
        expect(builder.take().count).toBe(0);
        builder.add(1);
        expect(shapeOf(builder.take())).toEqual(shapeOf(sketchOf([1])));
      }),
      runs,
    );
  });

  it("of another unit has the same shape", () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom(1000, 1024, 1e-3, 2 ** -10), share, (values, unit, q) => {
        const [one, other] = [sketchOf(values), sketchOf(values.map((value) => value * unit))];
        const want = exactDistribution(values).quantile(q);
        expect(offBy(one.quantile(q), want)).toBeLessThanOrEqual(AT_MOST);
        expect(offBy(other.quantile(q), want * unit)).toBeLessThanOrEqual(AT_MOST);
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
        expect(shapeOf(merge(sketches))).toEqual(shapeOf(union));
        if (union.count > 0) expect(offBy(merge(sketches).mean, union.mean)).toBeLessThan(1e-9);
        expect(shapeOf(merge(sketches.toReversed()))).toEqual(shapeOf(union));
        expect(shapeOf(sketches.reduce((all, one) => merge([all, one]), merge([])))).toEqual(shapeOf(union));
        expect(shapeOf(merge(parts.map(exactDistribution)))).toEqual(shapeOf(union));
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
        expect(shapeOf(twice)).toEqual(shapeOf(sketchOf([...a, ...a, ...b])));
        expect(offBy(twice.mean, sketchOf([...a, ...a, ...b]).mean)).toBeLessThan(1e-9);
        const half = mergeWeighted([[sketchOf(a), 0.5]]);
        expect(half.count).toBeCloseTo(a.length / 2, 9);
        expect(offBy(half.mean, sketchOf(a).mean)).toBeLessThan(1e-9);
        const none = mergeWeighted([
          [sketchOf(a), 0],
          [sketchOf(b), 1],
        ]);
        expect(shapeOf(none)).toEqual(shapeOf(sketchOf(b)));
      }),
      runs,
    );
  });
});
