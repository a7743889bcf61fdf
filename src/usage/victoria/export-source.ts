import { z } from "zod";
import type { Window } from "../../domain/duration.ts";
import { type EndpointRequest, formOf, type MetricsEndpoint } from "../../metrics/metrics-endpoint.ts";
import { connectPrometheus, seconds } from "../../metrics/prometheus-connection.ts";
import { faultOfBody } from "../../metrics/prometheus-fault.ts";
import type { LabelMatcher } from "../../metrics/series-source.ts";
import { toldPartly } from "../../metrics/told-partly.ts";
import { ContainerSketcher, containerSelector, readFromMs } from "../container-metrics.ts";
import { type Piecewise, piecewise } from "../piecewise.ts";
import type { SeriesDays, UsageSource, UsageWindow } from "../usage-source.ts";
import { readExport } from "./export-lines.ts";

/**
 * Usage from VictoriaMetrics, by its export of raw samples: both metrics of a namespace and the whole window in
 * one answer, which the server streams; fewer days, then fewer pods at once where its limits answer. Knows
 * neither events nor images.
 */
export function exportSource(endpoint: MetricsEndpoint, matchers: readonly LabelMatcher[] = []): UsageSource {
  const connection = connectPrometheus(endpoint, {});

  const ask = (window: UsageWindow, selector: string): Promise<SeriesDays[]> =>
    endpoint.ask(
      exportOf(selector, { ...window, startMs: readFromMs(window) }),
      async ({ contentType, chunks }) => {
        const sketcher = new ContainerSketcher(window);
        try {
          await readExport(chunks, (labels, samples) => sketcher.take(labels, samples));
          return sketcher.series;
        } catch (error) {
          if (error instanceof SyntaxError || error instanceof z.ZodError)
            throw faultOfBody(endpoint.shown, contentType);
          throw error;
        }
      },
    );

  const pieces = (namespace: string): Piecewise<SeriesDays[]> => ({
    ask: (window, pods) => {
      const chosen = pods === undefined ? [] : [{ label: "pod", in: pods }];
      return ask(window, containerSelector(namespace, [...chosen, ...matchers]));
    },
    podsOf: (window) => connection.labelValues("pod", containerSelector(namespace, matchers), window),
  });

  return {
    protocol: "VictoriaMetrics export",
    cost: endpoint.cost,
    async read(namespace, window) {
      const { read, partial } = await toldPartly(connection, () => piecewise(pieces(namespace), window));
      return { series: read.flat(), events: [], images: [], incomplete: partial, partial };
    },
  };
}

/** Whether this server exports: a question for nothing that only VictoriaMetrics answers with nothing. */
export async function hasExport(endpoint: MetricsEndpoint): Promise<boolean> {
  const nothing = exportOf('{__name__="loadline_probe"}', { startMs: 0, endMs: 1 });
  return await endpoint
    .ask(nothing, async ({ contentType, chunks }) => {
      let bytes = 0;
      for await (const chunk of chunks) if ((bytes += chunk.length) > 0) break;
      return bytes === 0 && /json/i.test(contentType);
    })
    .catch(() => false);
}

/** Its end belongs to the span. */
function exportOf(selector: string, { startMs, endMs }: Window): EndpointRequest {
  const span = { start: seconds(startMs), end: seconds(endMs - 1) };
  return { ...formOf("/api/v1/export", { "match[]": selector, ...span }), flowing: true };
}
