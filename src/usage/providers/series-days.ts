import type { Window } from "../../domain/duration.ts";
import type { Series } from "../../metrics/series-source.ts";
import { DaySketcher, type SeriesKind } from "../day-sketcher.ts";
import type { SketchBuilder } from "../sketch.ts";
import type { SeriesDays } from "../usage-source.ts";

/** A series as it was measured: a counter of CPU seconds, or a gauge of cores or bytes; times ascend. */
export interface MeasuredUse extends Omit<SeriesDays, "days">, Pick<Series, "timesMs" | "values"> {
  readonly kind: SeriesKind;
}

/** The days of the window, as far as the series has values in it; none where it has none. */
export function seriesDays(
  { kind, timesMs, values, ...of }: MeasuredUse,
  window: Window,
  builder: SketchBuilder,
): SeriesDays[] {
  const sketcher = new DaySketcher(kind, builder, window);
  sketcher.add(timesMs, values, timesMs.length);
  const days = sketcher.finish();
  return days.length === 0 ? [] : [{ ...of, days }];
}
