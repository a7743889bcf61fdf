import type { Window } from "../domain/duration.ts";

/** One time series: `values[i]` was true at `timesMs[i]`; times ascend. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** The newest value of a series inside a window. */
export interface LastSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a label's value must be: equal to a text, not equal, or one of a list. */
export type LabelMatcher =
  | { readonly label: string; readonly is: string }
  | { readonly label: string; readonly not: string }
  | { readonly label: string; readonly in: readonly string[] };

export interface SeriesQuery {
  readonly metric: string;
  readonly matchers: readonly LabelMatcher[];
  readonly window: Window;
  /** Labels that tell series apart; those that agree in all of them are joined, the largest value winning. */
  readonly by: readonly string[];
}

/** A query whose window several share. */
export type LastQuery = Omit<SeriesQuery, "window">;

/** What a container's restart changes in the labels of its series. */
export const RUN_LABELS: readonly string[] = ["id", "image", "name"];

/** What asking cost, for the report. */
export interface MetricsCost {
  requests: number;
  bytes: number;
}

/**
 * Where time series come from: Prometheus and its kin, or a recording. Rejects with `InputError` where the
 * address, the credentials or the query are wrong, with `QueryLimitError` where the answer is too large for the
 * server in any part of its time, with `Error` where the server stays at fault.
 */
export interface SeriesSource {
  /** A gauge, one point every `stepSeconds`. */
  gauge(query: SeriesQuery, stepSeconds: number): Promise<Series[]>;
  /** The increase of a counter per second, one point every `stepSeconds`; resets are no increase. */
  rate(query: SeriesQuery, stepSeconds: number): Promise<Series[]>;
  /**
   * How much a counter rose in each span of `everySeconds`, which begin at multiples of it, resets being no
   * decrease; at the beginnings of the spans, where it did. The runs of one container, which cAdvisor tells
   * apart by {@link RUN_LABELS}, are added up.
   */
  increase(query: SeriesQuery, everySeconds: number): Promise<Series[]>;
  /** The newest value of each series that was there at any time of the window. */
  last(query: SeriesQuery): Promise<LastSample[]>;
  /** The answers to several such queries, in their order, where that costs less than to ask each. */
  lastOfEach?(queries: readonly LastQuery[], window: Window): Promise<LastSample[][]>;
  /** A user's own PromQL, one point every `stepSeconds`; left out where there is nobody to evaluate it. */
  expression?(promql: string, window: Window, stepSeconds: number): Promise<Series[]>;
  readonly cost: Readonly<MetricsCost>;
  /** How many answers were said to be partial so far; left out where none ever are. */
  readonly partialAnswers?: number;
}
