import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DaySketcher, type SeriesKind, type SketchedDay } from "../../src/usage/day-sketcher.ts";
import { SketchBuilder, sketchOf } from "../../src/usage/sketch.ts";
import { DAY_MS } from "../../src/usage/usage.ts";
import type { UsageWindow } from "../../src/usage/usage-source.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

interface Sample {
  readonly timeMs: number;
  readonly value: number;
}

/** The rules, one sample at a time, and every value kept. */
function daysOf(samples: readonly Sample[], kind: SeriesKind, window: Required<UsageWindow>): SketchedDay[] {
  const parts = new Map<number, { values: number[]; covered: number; firstMs: number; lastMs: number }>();
  let before: Sample | undefined;
  let usualMs = 15 * MINUTE_MS;
  for (const { timeMs, value } of samples) {
    if (!Number.isFinite(value) || value < 0) continue;
    const elapsed = before === undefined ? Infinity : timeMs - before.timeMs;
    if (elapsed <= 0) continue;
    const gap = elapsed > 5 * MINUTE_MS && elapsed > 4 * usualMs;
    const risen = before !== undefined && value >= before.value ? value - before.value : value;
    usualMs = Math.min(elapsed, 15 * MINUTE_MS);
    before = { timeMs, value };
    if (timeMs < window.startMs || timeMs >= window.endMs || (gap && kind === "counter")) continue;
    const own = kind === "counter" ? (risen / elapsed) * 1000 : value;
    if (own === Infinity) continue;
    const key = Math.floor(timeMs / window.partMs);
    const part = parts.get(key) ?? { values: [], covered: 0, firstMs: timeMs, lastMs: timeMs };
    parts.set(key, part);
    part.values.push(own);
    part.lastMs = timeMs;
    if (!gap) part.covered += elapsed;
  }
  return [...parts].map(([key, { values, covered, firstMs, lastMs }]) => ({
    day: Math.floor((key * window.partMs) / DAY_MS),
    values: sketchOf(values),
    coveredSeconds: Math.min(covered, DAY_MS) / 1000,
    firstMs,
    lastMs,
  }));
}

const step = fc.oneof(
  { arbitrary: fc.constant(MINUTE_MS), weight: 12 },
  { arbitrary: fc.integer({ min: 1, max: 5 * MINUTE_MS + 1 }), weight: 3 },
  fc.constant(1),
  fc.integer({ min: -MINUTE_MS, max: 0 }),
  fc.integer({ min: 5 * MINUTE_MS, max: 30 * HOUR_MS }),
);
const rise = fc.oneof(
  { arbitrary: fc.double({ min: 0, max: 120, noNaN: true }), weight: 12 },
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, -0, 1.7e308, 2 ** 1000),
  fc.double({ min: -500, max: 0, noNaN: true }),
);
/** Enough for more than the builder takes at once, in pieces as chunks are. */
const series = fc
  .tuple(
    fc.array(fc.tuple(step, rise, fc.integer({ min: 1, max: 40 })), { maxLength: 60 }),
    fc.integer({ min: 0, max: DAY_MS }),
  )
  .map(([runs, startMs]) => {
    const samples: Sample[] = [];
    let [timeMs, value] = [20_000 * DAY_MS + startMs, 0];
    for (const [stepMs, by, times] of runs)
      for (let repeated = 0; repeated < times; repeated++) {
        timeMs += stepMs;
        const next = value + by;
        samples.push({ timeMs, value: next });
        if (next >= 0 && next < 1e300) value = next;
      }
    return samples;
  });
const window = fc.record({
  startMs: fc.integer({ min: 19_999 * DAY_MS, max: 20_001 * DAY_MS }),
  endMs: fc.integer({ min: 20_001 * DAY_MS, max: 20_010 * DAY_MS }),
  partMs: fc.constantFrom(DAY_MS, DAY_MS / 4),
});

describe("a series of samples", () => {
  it.each(["counter", "gauge"] as const)(
    "of a %s becomes the days that its samples make one by one, however it is cut into pieces",
    (kind) => {
      fc.assert(
        fc.property(series, window, fc.integer({ min: 1, max: 2000 }), (samples, window, piece) => {
          const sketcher = new DaySketcher(kind, new SketchBuilder(), window);
          for (let at = 0; at < samples.length; at += piece) {
            const some = samples.slice(at, at + piece);
            const times = Float64Array.from(some, ({ timeMs }) => timeMs);
            const values = Float64Array.from(some, ({ value }) => value);
            sketcher.add(times, values, some.length);
          }
          expect(sketcher.finish()).toStrictEqual(daysOf(samples, kind, window));
        }),
        { numRuns: 500 },
      );
    },
  );

  it("may have more samples in a day than are taken at once", () => {
    const times = Float64Array.from({ length: 2800 }, (_, index) => index * 30_000);
    const sketcher = new DaySketcher("gauge");
    sketcher.add(times, times, times.length);
    expect(sketcher.finish().map(({ values }) => values)).toStrictEqual([sketchOf(times)]);
  });

  it("of a counter that rises by all that a number holds has no infinite rate", () => {
    const sketcher = new DaySketcher("counter");
    sketcher.add(Float64Array.of(1000, 2000, 2001, 3001), Float64Array.of(0, 1, 1.7e308, 1.7e308), 4);
    expect(sketcher.finish().map(({ values }) => [values.count, values.max])).toStrictEqual([[2, 1]]);
  });
});
