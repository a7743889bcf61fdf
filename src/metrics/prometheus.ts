import type { Window } from "../domain/duration.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { apart, joined } from "./last-of-each.ts";
import { openEndpoint } from "./metrics-endpoint.ts";
import { connectPrometheus } from "./prometheus-connection.ts";
import { maxBy, selector } from "./promql.ts";
import { inShards, QueryLimitError } from "./query-limit-error.ts";
import { rateWindowSeconds } from "./rate-window.ts";
import {
  type LabelMatcher,
  type LastQuery,
  type LastSample,
  RUN_LABELS,
  type Series,
  type SeriesQuery,
  type SeriesSource,
} from "./series-source.ts";
import { gridOf, joinPieces, piecesOf, type TimeGrid } from "./time-grid.ts";

export interface PrometheusOptions extends ConnectionOptions {
  /** What every series must carry besides, such as `cluster` where several share a server. */
  readonly matchers?: readonly LabelMatcher[];
}

/** Prometheus evaluates at most 11,000 points a series. */
const MAX_POINTS = 11_000;

/** A query that is still too much for a sixteenth of its time has too many series, not too long a time. */
const MAX_HALVINGS = 4;

/** Where the interval between scrapes can't be seen. */
const USUAL_SCRAPE_SECONDS = 60;

/**
 * Time series by PromQL, from Prometheus 2.42 or newer, Thanos, Mimir, VictoriaMetrics. Throws `InputError`
 * for an address that is none; its methods reject as {@link SeriesSource} says, and with `QueryLimitError`
 * where an answer stays above the server's limits although its time was cut in pieces.
 */
export function prometheusSource(options: PrometheusOptions, endpoint = openEndpoint(options)): SeriesSource {
  const connection = connectPrometheus(endpoint, options);
  const select = ({ metric, matchers }: Pick<SeriesQuery, "metric" | "matchers">): string =>
    selector(metric, [...matchers, ...(options.matchers ?? [])]);

  const rangeOver = async (expression: string, grid: TimeGrid, halvings: number): Promise<Series[]> => {
    try {
      return await connection.range(expression, grid);
    } catch (error) {
      if (!(error instanceof QueryLimitError) || halvings === 0 || grid.points < 2) throw error;
      const answers: Series[][] = [];
      for (const half of piecesOf(grid, Math.ceil(grid.points / 2)))
        answers.push(await rangeOver(expression, half, halvings - 1));
      return joinPieces(answers);
    }
  };

  const inPieces = async (expression: string, window: Window, stepSeconds: number): Promise<Series[]> => {
    const answers: Series[][] = [];
    for (const piece of piecesOf(gridOf(window, stepSeconds), MAX_POINTS))
      answers.push(await rangeOver(expression, piece, MAX_HALVINGS));
    return joinPieces(answers);
  };

  const range = (query: SeriesQuery, expression: string, stepSeconds: number): Promise<Series[]> =>
    inPieces(maxBy(query.by, expression), query.window, stepSeconds);

  const lastExpression = (query: LastQuery, { startMs, endMs }: Window): string =>
    maxBy(query.by, `last_over_time(${select(query)}[${endMs - startMs}ms])`);

  const lastOver = async (query: SeriesQuery, window: Window, halvings: number): Promise<LastSample[]> => {
    const spanMs = window.endMs - window.startMs;
    try {
      const expression = lastExpression(query, window);
      // The end is excluded, and so is, from version 3 on, the start of a range.
      return await connection.instant(expression, window.endMs - 1);
    } catch (error) {
      if (!(error instanceof QueryLimitError) || halvings === 0 || spanMs < 2) throw error;
      const middleMs = window.startMs + Math.floor(spanMs / 2);
      const newer = await lastOver(query, { ...window, startMs: middleMs }, halvings - 1);
      const older = await lastOver(query, { ...window, endMs: middleMs }, halvings - 1);
      const key = ({ labels }: LastSample): string => JSON.stringify(query.by.map((name) => labels[name]));
      const seen = new Set(newer.map(key));
      return [...newer, ...older.filter((sample) => !seen.has(key(sample)))];
    }
  };

  const lastTogether = async (queries: readonly LastQuery[], window: Window): Promise<LastSample[][]> => {
    const [only] = queries;
    if (only !== undefined && queries.length === 1)
      return [await lastOver({ ...only, window }, window, MAX_HALVINGS)];
    const expressions = queries.map((query) => lastExpression(query, window));
    return apart(await connection.instant(joined(expressions), window.endMs - 1), queries.length);
  };

  const increaseOver = (query: SeriesQuery, spanMs: number): string => {
    const runs = `sum without (${RUN_LABELS.join(", ")}) (increase(${select(query)}[${spanMs}ms]))`;
    return `${maxBy(query.by, runs)} > 0`;
  };
  const increaseInSpans = async (query: SeriesQuery, spanMs: number): Promise<Series[]> => {
    const { startMs, endMs } = query.window;
    const first = Math.floor(startMs / spanMs);
    const whole = Math.floor(endMs / spanMs) - first;
    const restMs = endMs % spanMs;
    // The end of a span belongs to the next one.
    const ends = { firstMs: (first + 1) * spanMs - 1, stepMs: spanMs, points: whole };
    const spans = whole < 1 ? [] : await rangeOver(increaseOver(query, spanMs), ends, MAX_HALVINGS);
    const toStart = ({ labels, timesMs, values }: Series): Series => ({
      labels,
      timesMs: timesMs.map((time) => time + 1 - spanMs),
      values,
    });
    if (restMs === 0) return spans.map(toStart);
    const rest = await connection.instant(increaseOver(query, restMs), endMs - 1);
    const timesMs = Float64Array.of(endMs - restMs);
    const last = rest.map(({ labels, value }) => ({ labels, timesMs, values: Float64Array.of(value) }));
    return joinPieces([spans.map(toStart), last]);
  };

  const rateWindows = new Map<string, Promise<number>>();
  const rateWindow = ({ metric, window }: SeriesQuery): Promise<number> => {
    const seconds = rateWindows.get(metric) ?? measuredRateWindow(metric, window.endMs - 1);
    rateWindows.set(metric, seconds);
    return seconds;
  };
  const measuredRateWindow = async (metric: string, atMs: number): Promise<number> => {
    const expression = `max(count_over_time(${select({ metric, matchers: [] })}[1h]))`;
    const [most] = await connection.instant(expression, atMs).catch(unlessTooMuch);
    return rateWindowSeconds(most === undefined ? USUAL_SCRAPE_SECONDS : 3600 / most.value);
  };

  const asksForNothing = ({ matchers, window }: SeriesQuery): boolean =>
    window.endMs <= window.startMs || matchers.some((matcher) => "in" in matcher && matcher.in.length === 0);

  return {
    cost: endpoint.cost,
    get partialAnswers() {
      return connection.partialAnswers;
    },
    async gauge(query, stepSeconds) {
      return asksForNothing(query) ? [] : range(query, select(query), stepSeconds);
    },
    async rate(query, stepSeconds) {
      if (asksForNothing(query)) return [];
      return range(query, `rate(${select(query)}[${await rateWindow(query)}s])`, stepSeconds);
    },
    async increase(query, everySeconds) {
      return asksForNothing(query) ? [] : increaseInSpans(query, everySeconds * 1000);
    },
    expression: (promql, window, stepSeconds) => inPieces(promql, window, stepSeconds),
    async last(query) {
      return asksForNothing(query) ? [] : lastOver(query, query.window, MAX_HALVINGS);
    },
    async lastOfEach(queries, window) {
      const asks = (query: LastQuery): boolean => !asksForNothing({ ...query, window });
      const answers = await inShards(queries.filter(asks), (shard) => lastTogether(shard, window));
      const inOrder = answers.values();
      return queries.map((query) => (asks(query) ? (inOrder.next().value ?? []) : []));
    },
  };
}

function unlessTooMuch(error: unknown): LastSample[] {
  if (error instanceof QueryLimitError) return [];
  throw error;
}
