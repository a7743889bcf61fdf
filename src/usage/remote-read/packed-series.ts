import type { SketchedDay } from "../day-sketcher.ts";
import { Sketch } from "../sketch.ts";
import type { SketchedSeries } from "./answer-sketcher.ts";

/**
 * Series that can go from thread to thread: all their numbers in three buffers, for an object for each day costs
 * more on its way than all of the decoding.
 */
export interface PackedSeries {
  readonly series: readonly (Omit<SketchedSeries, "days"> & { readonly days: number })[];
  /** {@link DAY_NUMBERS} numbers a day. */
  readonly days: Float64Array<ArrayBuffer>;
  readonly bins: Uint16Array<ArrayBuffer>;
  readonly counts: Uint32Array<ArrayBuffer>;
}

/** Day, seconds covered, first and last time; sum, minimum, maximum and bins of the sketch. */
const DAY_NUMBERS = 8;

export function pack(series: readonly SketchedSeries[]): PackedSeries {
  const all = series.flatMap(({ days }) => days);
  const size = all.reduce((sum, { values }) => sum + values.parts.bins.length, 0);
  const packed = {
    series: series.map((one) => ({ ...one, days: one.days.length })),
    days: new Float64Array(all.length * DAY_NUMBERS),
    bins: new Uint16Array(size),
    counts: new Uint32Array(size),
  };
  let at = 0;
  for (const [index, { day, coveredSeconds, firstMs, lastMs, values }] of all.entries()) {
    const { bins, counts, sum, min, max } = values.parts;
    packed.days.set([day, coveredSeconds, firstMs, lastMs, sum, min, max, bins.length], index * DAY_NUMBERS);
    packed.bins.set(bins, at);
    packed.counts.set(counts, at);
    at += bins.length;
  }
  return packed;
}

/** The sketches are parts of the three buffers. */
export function unpack({ series, days, bins, counts }: PackedSeries): SketchedSeries[] {
  let [index, at] = [0, 0];
  const nextDay = (): SketchedDay => {
    const from = index++ * DAY_NUMBERS;
    const number = (offset: number): number => days[from + offset] ?? 0;
    const end = at + number(7);
    const values = new Sketch({
      bins: bins.subarray(at, end),
      counts: counts.subarray(at, end),
      sum: number(4),
      min: number(5),
      max: number(6),
    });
    at = end;
    return { day: number(0), coveredSeconds: number(1), firstMs: number(2), lastMs: number(3), values };
  };
  return series.map((one) => ({ ...one, days: Array.from({ length: one.days }, nextDay) }));
}
