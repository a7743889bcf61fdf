import fc from "fast-check";
import { expect, it } from "vitest";
import type { Window } from "../../../src/domain/duration.ts";
import { DaySketcher, LEAD_MS, type SeriesKind } from "../../../src/usage/day-sketcher.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";

/** Seconds between samples: scrapes of one series, with gaps and oddities among them. */
const steps = fc
  .constantFrom(15, 60, 300, 900)
  .chain((scrape) =>
    fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.constant(scrape) },
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 2 * scrape }) },
        { weight: 3, arbitrary: fc.integer({ min: 200, max: 5000 }) },
        { weight: 1, arbitrary: fc.constantFrom(0, -30, 20_000, 90_000) },
      ),
      { minLength: 2, maxLength: 150 },
    ),
  );
const value = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: 0, max: 1e12, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY) },
);

it.each(["counter", "gauge"] as const)("days read one by one are those read at once: a %s", (kind) => {
  fc.assert(
    fc.property(
      steps,
      fc.infiniteStream(value),
      fc.integer({ min: 0, max: 20_000 }),
      (steps, values, before) => {
        let timeMs = 20_000 * DAY_MS - before * 1000;
        const samples = steps.map((seconds) => {
          timeMs += seconds * 1000;
          return { timeMs, value: values.next().value };
        });
        const read = (startMs: number, endMs: number): unknown[] =>
          daysOf(
            kind,
            samples.filter((one) => one.timeMs >= startMs - LEAD_MS),
            { startMs, endMs },
          );
        const start = 19_999 * DAY_MS;
        const days = Array.from({ length: 120 }, (_, day) => start + day * DAY_MS);
        expect(days.flatMap((day) => read(day, day + DAY_MS))).toEqual(read(start, start + 120 * DAY_MS));
      },
    ),
    { numRuns: 300 },
  );
});

it("a sample before the window is what the counter rose from, and no more", () => {
  const samples = [
    { timeMs: DAY_MS - 120_000, value: 4 },
    { timeMs: DAY_MS - 60_000, value: 10 },
    { timeMs: DAY_MS, value: 40 },
  ];
  expect(daysOf("counter", samples, { startMs: DAY_MS, endMs: 2 * DAY_MS })).toEqual([
    expect.objectContaining({
      day: 1,
      coveredSeconds: 60,
      values: expect.objectContaining({ count: 1, max: 0.5 }),
    }),
  ]);
});

function daysOf(
  kind: SeriesKind,
  samples: readonly { timeMs: number; value: number }[],
  window: Window,
): unknown[] {
  const sketcher = new DaySketcher(kind, undefined, window);
  const timesMs = Float64Array.from(samples, ({ timeMs }) => timeMs);
  sketcher.add(
    timesMs,
    Float64Array.from(samples, ({ value }) => value),
    samples.length,
  );
  return sketcher.finish().map(({ values, ...day }) => {
    const { count, min, max, mean } = values;
    return { ...day, values: { count, min, max, mean, bins: [...values.bins()] } };
  });
}
