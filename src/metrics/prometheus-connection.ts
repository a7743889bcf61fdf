import { text } from "node:stream/consumers";
import type { ConnectionOptions } from "./connection-options.ts";
import { type EndpointAnswer, formOf, type MetricsEndpoint } from "./metrics-endpoint.ts";
import { type Answer, parseAnswer } from "./prometheus-answer.ts";
import { faultOfBody } from "./prometheus-fault.ts";
import type { LastSample, Series } from "./series-source.ts";
import { lastOf, type TimeGrid } from "./time-grid.ts";

/** Questions in PromQL. Rejects as {@link SeriesSource} says. */
export interface PrometheusConnection {
  range(expression: string, grid: TimeGrid): Promise<Series[]>;
  instant(expression: string, atMs: number): Promise<LastSample[]>;
}

export function connectPrometheus(
  endpoint: MetricsEndpoint,
  { timeoutMs = 60_000, onWarning }: Pick<ConnectionOptions, "timeoutMs" | "onWarning">,
): PrometheusConnection {
  const warned = new Set<string>();
  const answerOf = async ({ contentType, chunks }: EndpointAnswer): Promise<Answer> => {
    const answer = answerIn(await text(chunks));
    if (answer === undefined) throw faultOfBody(endpoint.shown, contentType);
    for (const warning of answer.warnings.filter((one) => !warned.has(one))) {
      warned.add(warning);
      onWarning?.(warning);
    }
    return answer;
  };
  const ask = (path: string, fields: Readonly<Record<string, string>>): Promise<Answer> =>
    endpoint.ask(formOf(path, { ...fields, timeout: `${timeoutMs}ms` }), answerOf);

  return {
    async range(query, grid) {
      const times = { start: seconds(grid.firstMs), end: seconds(lastOf(grid)), step: seconds(grid.stepMs) };
      return [...(await ask("/api/v1/query_range", { query, ...times })).series];
    },
    async instant(query, atMs) {
      return [...(await ask("/api/v1/query", { query, time: seconds(atMs) })).samples];
    },
  };
}

/** Of milliseconds, as the API takes times. */
export function seconds(ms: number): string {
  return String(ms / 1000);
}

function answerIn(body: string): Answer | undefined {
  try {
    return parseAnswer(body);
  } catch {
    return undefined;
  }
}
