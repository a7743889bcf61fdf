import { type MetricsEndpoint, openEndpoint } from "../../metrics/metrics-endpoint.ts";
import type { PrometheusOptions } from "../../metrics/prometheus.ts";
import { QueryLimitError } from "../../metrics/query-limit-error.ts";
import { remoteRead } from "../../metrics/remote-read/remote-read.ts";
import { CONTAINER_METRICS, containerMatchers, readFromMs } from "../container-metrics.ts";
import { DAY_MS, dayOf } from "../usage.ts";
import type { SeriesDays, UsageSource, UsageWindow } from "../usage-source.ts";
import type { SketchedSeries } from "./answer-sketcher.ts";
import { SketchThreads } from "./sketch-threads.ts";

/**
 * What containers use, from every raw sample that a Prometheus, Mimir or Cortex has: one remote read a
 * namespace, for fewer days at once where the server's limits or ours answer. Knows neither events nor images.
 */
export function remoteReadSource(
  options: PrometheusOptions,
  endpoint: MetricsEndpoint = openEndpoint(options),
): UsageSource {
  const threads = new SketchThreads();

  const readAtOnce = (namespace: string, window: UsageWindow): Promise<SketchedSeries[]> => {
    const matchers = containerMatchers(namespace, options.matchers ?? []);
    const queries = [...CONTAINER_METRICS.keys()].map((metric) => ({ metric, matchers }));
    const read = { startMs: Math.max(0, readFromMs(window)), endMs: window.endMs };
    return remoteRead(endpoint, queries, read, (chunks) =>
      threads.sketch(window, async (answer) => {
        for await (const chunk of chunks) await answer.write(chunk);
        return answer.end();
      }),
    );
  };

  const readDays = async (namespace: string, window: UsageWindow): Promise<SketchedSeries[]> => {
    try {
      return await readAtOnce(namespace, window);
    } catch (error) {
      const middleMs = middleDayOf(window);
      if (!(error instanceof QueryLimitError) || middleMs === undefined) throw error;
      const older = await readDays(namespace, { ...window, endMs: middleMs });
      return [...older, ...(await readDays(namespace, { ...window, startMs: middleMs }))];
    }
  };

  return {
    protocol: "remote read",
    cost: endpoint.cost,
    async read(namespace, window) {
      const series = window.endMs <= window.startMs ? [] : await readDays(namespace, window);
      return { series: joined(series), events: [], images: [] };
    },
  };
}

/** The midnight that halves a window of several days. */
function middleDayOf({ startMs, endMs }: UsageWindow): number | undefined {
  const first = dayOf(startMs);
  const middle = Math.ceil((first + dayOf(endMs - 1) + 1) / 2);
  return middle * DAY_MS > startMs && middle * DAY_MS < endMs ? middle * DAY_MS : undefined;
}

/** One of each, though it was read in pieces. */
function joined(series: readonly SketchedSeries[]): SeriesDays[] {
  return [...Map.groupBy(series, ({ labels }) => labels).values()].flatMap((pieces) => {
    const [first] = pieces;
    if (first === undefined) return [];
    const { labels: _, ...one } = first;
    return [{ ...one, days: pieces.flatMap(({ days }) => days) }];
  });
}
