import { replicasOf } from "./replicas.ts";
import { lastOfEach } from "./last-of-each.ts";
import type { LastSample, Series, SeriesSource } from "./series-source.ts";

/** Replicas of a Prometheus as one source: what the first one has not, the next one fills in, point by point. */
export function mergedSeries(
  sources: readonly SeriesSource[],
  warn: (warning: string) => void,
): SeriesSource {
  const replicas = replicasOf(sources, warn);
  const filled = async (
    ask: (source: SeriesSource) => Promise<Series[]>,
    choose: Choose = first,
  ): Promise<Series[]> => byLabels(await replicas.ask(ask)).map((same) => withoutGaps(same, choose));
  return {
    cost: replicas.cost,
    get partialAnswers() {
      return sources.reduce((sum, { partialAnswers = 0 }) => sum + partialAnswers, 0);
    },
    gauge: (query, stepSeconds) => filled((source) => source.gauge(query, stepSeconds)),
    rate: (query, stepSeconds) => filled((source) => source.rate(query, stepSeconds)),
    increase: (query, everySeconds) => filled((source) => source.increase(query, everySeconds), Math.max),
    expression: (promql, window, stepSeconds) =>
      filled(async (source) => (await source.expression?.(promql, window, stepSeconds)) ?? []),
    last: async (query) => firstOfEach(await replicas.ask((source) => source.last(query))),
    async lastOfEach(queries, window) {
      const answers = await replicas.ask((source) => lastOfEach(source, queries, window));
      return queries.map((_, index) => firstOfEach(answers.map((answer) => answer[index] ?? [])));
    },
  };
}

/** Which of two values of the same moment counts; of an increase the larger, since one that was down saw less. */
type Choose = (before: number, value: number) => number;
const first: Choose = (before) => before;

type Labelled = Pick<Series, "labels">;

function byLabels<One extends Labelled>(answers: readonly (readonly One[])[]): One[][] {
  const key = ({ labels }: One): string =>
    JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  return [...Map.groupBy(answers.flat(), key).values()];
}

function firstOfEach(answers: readonly (readonly LastSample[])[]): LastSample[] {
  return byLabels(answers).flatMap((same) => same.slice(0, 1));
}

function withoutGaps(same: readonly Series[], choose: Choose): Series {
  const values = new Map<number, number>();
  for (const series of same)
    for (const [index, timeMs] of series.timesMs.entries()) {
      const value = series.values[index] ?? Number.NaN;
      values.set(timeMs, choose(values.get(timeMs) ?? value, value));
    }
  const timesMs = Float64Array.from(values.keys()).sort();
  return {
    labels: same[0]?.labels ?? {},
    timesMs,
    values: timesMs.map((timeMs) => values.get(timeMs) ?? Number.NaN),
  };
}
