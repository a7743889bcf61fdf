import type { Window } from "../domain/duration.ts";
import type { MetricsCost } from "../metrics/series-source.ts";
import type { SeriesDays } from "./usage-source.ts";

/**
 * One way to read what containers used, raw sample by raw sample, from a server of metrics. Rejects as
 * `SeriesSource` says.
 */
export interface SeriesReader {
  /** In words for the report: `remote read`, `PromQL`, `VictoriaMetrics export`. */
  readonly protocol: string;
  /**
   * Everything that containers of a namespace used in a window, which begins at a UTC day. A series may come
   * in several parts, each with other days.
   */
  read(namespace: string, window: Window): Promise<SeriesDays[]>;
  readonly cost: Readonly<MetricsCost>;
}
