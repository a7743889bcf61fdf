import { type MetricsEndpoint, openEndpoint } from "../../metrics/metrics-endpoint.ts";
import { connectPrometheus } from "../../metrics/prometheus-connection.ts";
import type { PrometheusOptions } from "../../metrics/prometheus.ts";
import { remoteRead } from "../../metrics/remote-read/remote-read.ts";
import { toldPartly } from "../../metrics/told-partly.ts";
import { CONTAINER_METRICS, containerMatchers, containerSelector, readFromMs } from "../container-metrics.ts";
import { type Piecewise, piecewise } from "../piecewise.ts";
import type { SeriesDays, UsageSource, UsageWindow } from "../usage-source.ts";
import type { SketchedSeries } from "./answer-sketcher.ts";
import { SketchThreads } from "./sketch-threads.ts";

/**
 * What containers use, from every raw sample that a Prometheus, Mimir or Cortex has: one remote read a
 * namespace, for fewer days at once where the server's limits or ours answer, then for fewer pods. Knows neither
 * events nor images.
 */
export function remoteReadSource(
  options: PrometheusOptions,
  endpoint: MetricsEndpoint = openEndpoint(options),
): UsageSource {
  const { matchers: narrowing = [] } = options;
  const threads = new SketchThreads();
  const connection = connectPrometheus(endpoint, options);

  const ask = (
    namespace: string,
    window: UsageWindow,
    pods?: readonly string[],
  ): Promise<SketchedSeries[]> => {
    const chosen = [...(pods === undefined ? [] : [{ label: "pod", in: pods }]), ...narrowing];
    const matchers = containerMatchers(namespace, chosen);
    const queries = [...CONTAINER_METRICS.keys()].map((metric) => ({ metric, matchers }));
    const read = { startMs: Math.max(0, readFromMs(window)), endMs: window.endMs };
    return remoteRead(endpoint, queries, read, (chunks) =>
      threads.sketch(window, async (answer) => {
        for await (const chunk of chunks) await answer.write(chunk);
        return answer.end();
      }),
    );
  };

  const pieces = (namespace: string): Piecewise<SketchedSeries[]> => ({
    ask: (window, pods) => ask(namespace, window, pods),
    podsOf: (window) => connection.labelValues("pod", containerSelector(namespace, narrowing), window),
  });

  return {
    protocol: "remote read",
    cost: endpoint.cost,
    async read(namespace, window) {
      const { read, partial } = await toldPartly(connection, async () =>
        window.endMs <= window.startMs ? [] : await piecewise(pieces(namespace), window),
      );
      return { series: joined(read.flat()), events: [], images: [], incomplete: partial, partial };
    },
  };
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
