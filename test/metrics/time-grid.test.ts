import fc from "fast-check";
import { expect, it } from "vitest";
import type { Series } from "../../src/metrics/series-source.ts";
import { gridOf, joinPieces, lastOf, piecesOf, type TimeGrid } from "../../src/metrics/time-grid.ts";

const grids = fc
  .record({
    startMs: fc.integer({ min: 0, max: 2e12 }),
    spanMs: fc.integer({ min: 0, max: 1e9 }),
    stepSeconds: fc.constantFrom(15, 60, 300, 3600),
  })
  .map(({ startMs, spanMs, stepSeconds }) => ({ window: { startMs, endMs: startMs + spanMs }, stepSeconds }));

it("a grid has the multiples of the step inside the window, and not its end", () => {
  fc.assert(
    fc.property(grids, ({ window, stepSeconds }) => {
      const grid = gridOf(window, stepSeconds);
      expect(grid.firstMs % grid.stepMs).toBe(0);
      expect(grid.firstMs - grid.stepMs).toBeLessThan(window.startMs);
      expect(grid.firstMs).toBeGreaterThanOrEqual(window.startMs);
      if (grid.points > 0) expect(lastOf(grid)).toBeLessThan(window.endMs);
      expect(lastOf(grid) + grid.stepMs).toBeGreaterThanOrEqual(window.endMs);
    }),
  );
});

it("windows that touch have each point once", () => {
  fc.assert(
    fc.property(grids, fc.double({ min: 0, max: 1, noNaN: true }), ({ window, stepSeconds }, share) => {
      const middleMs = Math.floor(window.startMs + share * (window.endMs - window.startMs));
      const before = gridOf({ ...window, endMs: middleMs }, stepSeconds);
      const after = gridOf({ ...window, startMs: middleMs }, stepSeconds);
      expect([...timesOf(before), ...timesOf(after)]).toEqual(timesOf(gridOf(window, stepSeconds)));
    }),
  );
});

it("answers for pieces, cut again and again, join to the answer for the whole", () => {
  fc.assert(
    fc.property(
      grids,
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 500 }),
      ({ window, stepSeconds }, large, small) => {
        const whole = gridOf({ ...window, endMs: Math.min(window.endMs, window.startMs + 3e7) }, stepSeconds);
        const pieces = piecesOf(whole, large).map((piece) =>
          joinPieces(piecesOf(piece, small).map((part) => answerFor(part))),
        );
        expect(joinPieces(pieces)).toEqual(whole.points === 0 ? [] : answerFor(whole));
      },
    ),
  );
});

function timesOf(grid: TimeGrid): number[] {
  return Array.from({ length: grid.points }, (_, index) => grid.firstMs + index * grid.stepMs);
}

/** A series with all points, and one that some pieces may lack. */
function answerFor(grid: TimeGrid): Series[] {
  return [1, 7].flatMap((every) => {
    const times = timesOf(grid).filter((time) => (time / grid.stepMs) % every === 0);
    if (times.length === 0) return [];
    const timesMs = Float64Array.from(times);
    return [{ labels: { every: String(every), pod: "a" }, timesMs, values: timesMs.map(Math.sqrt) }];
  });
}
