import type { Window } from "../../domain/duration.ts";
import type { Samples } from "../duplicate-jobs.ts";
import { DaySketcher, type SeriesKind } from "../day-sketcher.ts";
import type { SketchBuilder } from "../sketch.ts";
import { dayOf } from "../usage.ts";
import type { SeriesDays } from "../usage-source.ts";

/** The first rate of a window needs the sample before it: what is read begins so much earlier. */
export const LEAD_MS = 300_000;

/** A series as it was measured: a counter of CPU seconds, or a gauge of cores or bytes; times ascend. */
export interface MeasuredUse extends Omit<SeriesDays, "days">, Samples {
  readonly kind: SeriesKind;
}

/** The days of the window, as far as the series has values in it; none where it has none. */
export function seriesDays(
  { kind, timesMs, values, ...of }: MeasuredUse,
  { startMs, endMs }: Window,
  builder: SketchBuilder,
): SeriesDays[] {
  const from = indexFrom(timesMs, startMs - LEAD_MS);
  const to = indexFrom(timesMs, endMs);
  const sketcher = new DaySketcher(kind, builder);
  sketcher.add(timesMs.subarray(from, to), values.subarray(from, to), to - from);
  const days = sketcher.finish().filter(({ day }) => day >= dayOf(startMs));
  return days.length === 0 ? [] : [{ ...of, days }];
}

/** How many times come before. */
function indexFrom(timesMs: Float64Array, ms: number): number {
  const index = timesMs.findIndex((timeMs) => timeMs >= ms);
  return index < 0 ? timesMs.length : index;
}
