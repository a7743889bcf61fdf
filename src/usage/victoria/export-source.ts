import { z } from "zod";
import type { Window } from "../../domain/duration.ts";
import { type EndpointRequest, formOf, type MetricsEndpoint } from "../../metrics/metrics-endpoint.ts";
import { seconds } from "../../metrics/prometheus-connection.ts";
import { faultOfBody } from "../../metrics/prometheus-fault.ts";
import { QueryLimitError } from "../../metrics/query-limit-error.ts";
import type { LabelMatcher } from "../../metrics/series-source.ts";
import { ContainerSketcher, containerSelector, readFromMs } from "../container-metrics.ts";
import type { SeriesDays, UsageSource } from "../usage-source.ts";
import { DAY_MS, dayOf } from "../usage.ts";
import { readExport } from "./export-lines.ts";

/**
 * Usage from VictoriaMetrics, by its export of raw samples: both metrics of a namespace and the whole window in
 * one answer, which the server streams; fewer days at once where its limits answer. Knows neither events nor images.
 */
export function exportSource(endpoint: MetricsEndpoint, matchers: readonly LabelMatcher[] = []): UsageSource {
  const ask = (namespace: string, window: Window): Promise<SeriesDays[]> =>
    endpoint.ask(
      exportOf(containerSelector(namespace, matchers), { ...window, startMs: readFromMs(window) }),
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

  const inDays = async (namespace: string, window: Window): Promise<SeriesDays[]> => {
    try {
      return await ask(namespace, window);
    } catch (error) {
      const days = Math.ceil((window.endMs - window.startMs) / DAY_MS);
      if (!(error instanceof QueryLimitError) || days < 2) throw error;
      const middleMs = (dayOf(window.startMs) + Math.floor(days / 2)) * DAY_MS;
      const older = await inDays(namespace, { ...window, endMs: middleMs });
      return [...older, ...(await inDays(namespace, { ...window, startMs: middleMs }))];
    }
  };

  return {
    protocol: "VictoriaMetrics export",
    cost: endpoint.cost,
    read: async (namespace, window) => ({
      series: await inDays(namespace, window),
      events: [],
      images: [],
    }),
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
