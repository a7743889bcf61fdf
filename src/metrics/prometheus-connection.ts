import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Window } from "../domain/duration.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { readMatrix, type TakeSamples } from "./matrix-stream.ts";
import { type EndpointRequest, formOf, type MetricsEndpoint } from "./metrics-endpoint.ts";
import { type Answer, parseAnswer, warningsOf } from "./prometheus-answer.ts";
import { faultOfBody } from "./prometheus-fault.ts";
import { QueryLimitError } from "./query-limit-error.ts";
import type { LastSample, Series } from "./series-source.ts";
import { lastOf, type TimeGrid } from "./time-grid.ts";

/** Questions in PromQL. Rejects as {@link SeriesSource} says. */
export interface PrometheusConnection {
  range(expression: string, grid: TimeGrid): Promise<Series[]>;
  instant(expression: string, atMs: number): Promise<LastSample[]>;
  /**
   * Every raw sample of a window, series by series; where it is asked again, `begin` is called again. Fields of
   * `more` go with the query.
   */
  raw(
    selector: string,
    window: Window,
    begin: () => TakeSamples,
    more?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** What values a label has in the series of a window. */
  labelValues(label: string, selector: string, window: Window): Promise<string[]>;
  /** How many answers came with a warning that something is missing. */
  readonly partialAnswers: number;
}

export function connectPrometheus(
  endpoint: MetricsEndpoint,
  { timeoutMs = 60_000, onWarning }: Pick<ConnectionOptions, "timeoutMs" | "onWarning">,
): PrometheusConnection {
  const warned = new Set<string>();
  let partialAnswers = 0;
  const warn = (warnings: readonly string[]): void => {
    for (const warning of warnings.filter((one) => !warned.has(one))) {
      warned.add(warning);
      onWarning?.(warning);
    }
  };
  /** `read` throws where the answer is not what Prometheus sends. */
  const ask = <T extends { readonly warnings: readonly string[] }>(
    request: EndpointRequest,
    read: (chunks: AsyncIterable<Buffer>) => Promise<T>,
  ): Promise<T> =>
    endpoint.ask(request, async ({ contentType, chunks }) => {
      try {
        const answer = await read(chunks);
        const tooMuch = answer.warnings.find((one) => OF_A_LIMIT.test(one));
        if (tooMuch !== undefined)
          throw new QueryLimitError(`Prometheus at ${endpoint.shown} leaves something out: ${tooMuch}`);
        if (answer.warnings.some((one) => !ABOUT_THE_QUERY.test(one))) partialAnswers += 1;
        warn(answer.warnings);
        return answer;
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof z.ZodError))
          throw error;
        throw faultOfBody(endpoint.shown, contentType);
      }
    });
  const answerTo = (path: string, fields: Readonly<Record<string, string>>): Promise<Answer> =>
    ask(formOf(path, { ...fields, timeout: `${timeoutMs}ms` }), async (chunks) =>
      parseAnswer(await text(chunks)),
    );

  return {
    get partialAnswers() {
      return partialAnswers;
    },
    async range(query, grid) {
      const times = { start: seconds(grid.firstMs), end: seconds(lastOf(grid)), step: seconds(grid.stepMs) };
      return [...(await answerTo("/api/v1/query_range", { query, ...times })).series];
    },
    async instant(query, atMs) {
      return [...(await answerTo("/api/v1/query", { query, time: seconds(atMs) })).samples];
    },
    async raw(selector, { startMs, endMs }, begin, more = {}) {
      const query = `${selector}[${endMs - startMs}ms]`;
      // The end is excluded, and so is, from version 3 on, the start of a range.
      const fields = { query, time: seconds(endMs - 1), timeout: `${timeoutMs}ms`, ...more };
      await ask({ ...formOf("/api/v1/query", fields), flowing: true }, async (chunks) => ({
        warnings: await readMatrix(chunks, begin()),
      }));
    },
    async labelValues(label, selector, { startMs, endMs }) {
      const path = `/api/v1/label/${encodeURIComponent(label)}/values`;
      const fields = { "match[]": selector, start: seconds(startMs), end: seconds(endMs - 1) };
      // A GET, other than for queries, is all that is allowed.
      const request = { path: `${path}?${new URLSearchParams(fields).toString()}`, headers: {} };
      const answer = await ask(request, async (chunks) => {
        const { data, ...said } = labelValues.parse(JSON.parse(await text(chunks)));
        return { data, warnings: warningsOf(said) };
      });
      return answer.data;
    },
  };
}

/** How Thanos says, with status 200, that a store behind it would not give as much: less of it, it would. */
const OF_A_LIMIT = /ResourceExhausted|exceeded \w+ limit/;

/** Such as that a metric might be no counter; anything else tells of a store that did not answer. */
const ABOUT_THE_QUERY = /^PromQL (?:warning|info)/;

const labelValues = z.object({
  status: z.literal("success"),
  data: z
    .array(z.string())
    .nullable()
    .transform((values) => values ?? []),
  warnings: z.array(z.string()).default([]),
  isPartial: z.boolean().default(false),
});

/** Of milliseconds, as the API takes times. */
export function seconds(ms: number): string {
  return String(ms / 1000);
}
