import type { Window } from "../domain/duration.ts";
import { gaugeOnGrid, increaseOnGrid, rateOnGrid } from "./evaluate.ts";
import { type Recorded, type RecordedSeries, readOpenMetrics } from "./openmetrics.ts";
import { rateWindowSeconds } from "./rate-window.ts";
import {
  type LabelMatcher,
  RUN_LABELS,
  type Series,
  type SeriesQuery,
  type SeriesSource,
} from "./series-source.ts";
import { gridOf, type TimeGrid } from "./time-grid.ts";

/** A recorded file (see {@link readOpenMetrics}), held in memory. Rejects with `InputError` where it is wrong. */
export async function recordedSource(file: string): Promise<SeriesSource> {
  return sourceOf(await readOpenMetrics(file));
}

/**
 * Recorded series that answer as Prometheus 3 would with the same samples. Prometheus 2 differs in two points:
 * it counts a sample that lies exactly at the far end of a lookback or a rate's window, and near a counter's
 * beginning it extrapolates a little further.
 */
export function sourceOf({ series, bytes }: Recorded): SeriesSource {
  const byMetric = Map.groupBy(series, ({ metric }) => metric);
  const selected = ({ metric, matchers }: SeriesQuery): RecordedSeries[] =>
    (byMetric.get(metric) ?? []).filter(({ labels }) =>
      matchers.every((matcher) => matches(matcher, labels[matcher.label] ?? "")),
    );
  return {
    cost: { requests: 1, bytes },
    gauge: async (query, stepSeconds) => maxBy(query, stepSeconds, selected(query), gaugeOnGrid),
    async rate(query, stepSeconds) {
      const windowMs =
        1000 * rateWindowSeconds(scrapeSeconds(byMetric.get(query.metric) ?? [], query.window));
      return maxBy(query, stepSeconds, selected(query), (samples, grid, put) =>
        rateOnGrid(samples, grid, windowMs, put),
      );
    },
    async increase(query, everySeconds) {
      const { startMs, endMs } = query.window;
      const stepMs = everySeconds * 1000;
      const window = { startMs: Math.floor(startMs / stepMs) * stepMs, endMs };
      return maxBy({ ...query, window }, everySeconds, runsOf(selected(query)), ({ runs }, grid, put) => {
        const sums = new Map<number, number>();
        for (const run of runs) {
          const until = countUntil(run, endMs);
          const samples = { timesMs: run.timesMs.subarray(0, until), values: run.values.subarray(0, until) };
          increaseOnGrid(samples, grid, (index, more) => sums.set(index, (sums.get(index) ?? 0) + more));
        }
        for (const [index, sum] of sums) put(index, sum);
      });
    },
    async last(query) {
      const newest = selected(query).flatMap((one) => {
        const count = countUntil(one, query.window.endMs);
        if (count === 0 || (one.timesMs[count - 1] ?? 0) < query.window.startMs) return [];
        return [{ labels: labelsOf(one, query.by), value: one.values[count - 1] ?? Number.NaN }];
      });
      return grouped(newest).map((group) => ({
        labels: group[0]?.labels ?? {},
        value: group.map(({ value }) => value).reduce(larger),
      }));
    },
  };
}

function matches(matcher: LabelMatcher, value: string): boolean {
  if ("is" in matcher) return value === matcher.is;
  return "not" in matcher ? value !== matcher.not : matcher.in.includes(value);
}

/** One series for each combination of the labels, the largest value winning, as PromQL's `max by`. */
function maxBy<One extends Pick<Series, "labels">>(
  { window, by }: SeriesQuery,
  stepSeconds: number,
  selected: readonly One[],
  evaluate: (one: One, grid: TimeGrid, put: (index: number, value: number) => void) => void,
): Series[] {
  const grid = gridOf(window, stepSeconds);
  const labelled = selected.map((series) => ({ series, labels: labelsOf(series, by) }));
  return grouped(labelled).flatMap((group): Series[] => {
    const points = new Map<number, number>();
    for (const { series } of group)
      evaluate(series, grid, (index, value) => {
        points.set(index, larger(points.get(index) ?? Number.NaN, value));
      });
    if (points.size === 0) return [];
    const indexes = Float64Array.from(points.keys()).sort();
    return [
      {
        labels: group[0]?.labels ?? {},
        timesMs: indexes.map((index) => grid.firstMs + index * grid.stepMs),
        values: indexes.map((index) => points.get(index) ?? Number.NaN),
      },
    ];
  });
}

/** The series that differ only in what a container's restart changes. */
function runsOf(series: readonly RecordedSeries[]): { labels: Series["labels"]; runs: RecordedSeries[] }[] {
  const kept = ({ labels }: RecordedSeries): [string, string][] =>
    Object.entries(labels).filter(([name]) => !RUN_LABELS.includes(name));
  return [
    ...Map.groupBy(series, (one) => JSON.stringify(kept(one).sort(([a], [b]) => (a < b ? -1 : 1)))).values(),
  ].map((runs) => ({
    labels: Object.fromEntries(runs.slice(0, 1).flatMap(kept)),
    runs,
  }));
}

/** NaN loses against every number. */
function larger(a: number, b: number): number {
  return Number.isNaN(a) || b > a ? b : a;
}

function grouped<T extends { readonly labels: Series["labels"] }>(items: readonly T[]): T[][] {
  return [...Map.groupBy(items, ({ labels }) => JSON.stringify(labels)).values()];
}

/** The labels asked for, as far as the series has them. */
function labelsOf({ labels }: Pick<Series, "labels">, by: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    by.flatMap((name) => {
      const value = labels[name] ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
}

function countUntil({ timesMs }: Series, endMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) < endMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As from Prometheus: by the series with the most samples in the window's last hour; else a minute. */
function scrapeSeconds(series: readonly RecordedSeries[], { endMs }: Window): number {
  const samples = (one: RecordedSeries): number =>
    countUntil(one, endMs) - countUntil(one, endMs - 3_600_000);
  const most = series.reduce((largest, one) => Math.max(largest, samples(one)), 0);
  return most === 0 ? 60 : 3600 / most;
}
