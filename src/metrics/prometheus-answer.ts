import { z } from "zod";
import type { LastSample, Series } from "./series-source.ts";

/** What the query API sends with status 200, its samples in typed arrays. */
export interface Answer {
  readonly series: readonly Series[];
  readonly samples: readonly LastSample[];
  readonly warnings: readonly string[];
}

const envelope = z.object({
  status: z.literal("success"),
  warnings: z.array(z.string()).default([]),
  isPartial: z.boolean().default(false),
  data: z.discriminatedUnion("resultType", [
    z.object({
      resultType: z.literal("matrix"),
      result: z.array(z.object({ metric: z.unknown(), values: z.array(z.unknown()).default([]) })),
    }),
    z.object({
      resultType: z.literal("vector"),
      result: z.array(z.object({ metric: z.unknown(), value: z.unknown().optional() })),
    }),
  ]),
});

/**
 * Reads the body of an answer. Throws where it is not what Prometheus sends.
 *
 * Samples go straight into typed arrays: 40 series of 4,032 points (5.5 MB) take 35 ms, of which JSON is
 * nearly all; with an object and a `Date` for each sample it is 61 ms and several times the memory.
 */
export function parseAnswer(body: string): Answer {
  const { data, ...said } = envelope.parse(JSON.parse(body));
  const warnings = warningsOf(said);
  return data.resultType === "matrix"
    ? { series: data.result.map(seriesOf), samples: [], warnings }
    : { series: [], samples: data.result.flatMap(sampleOf), warnings };
}

/** VictoriaMetrics does not warn, but says whether one of its nodes was missing. */
export function warningsOf(said: { warnings: readonly string[]; isPartial: boolean }): readonly string[] {
  return said.isPartial
    ? [...said.warnings, "the answer is partial: a storage node is missing"]
    : said.warnings;
}

function seriesOf(item: { metric?: unknown; values: readonly unknown[] }): Series {
  const timesMs = new Float64Array(item.values.length);
  const values = new Float64Array(item.values.length);
  for (let index = 0; index < item.values.length; index++)
    [timesMs[index], values[index]] = pointOf(item.values[index]);
  return { labels: labelsOf(item.metric), timesMs, values };
}

/** A native histogram has no `value`, and says nothing here. */
function sampleOf(item: { metric?: unknown; value?: unknown }): LastSample[] {
  if (item.value === undefined) return [];
  return [{ labels: labelsOf(item.metric), value: pointOf(item.value)[1] }];
}

function pointOf(pair: unknown): [timeMs: number, value: number] {
  if (!Array.isArray(pair)) throw new TypeError("a sample is no pair");
  const [seconds, text]: unknown[] = pair;
  if (typeof seconds !== "number" || typeof text !== "string") throw new TypeError("a sample is no pair");
  return [Math.round(seconds * 1000), text.endsWith("Inf") ? Number(`${text}inity`) : Number(text)];
}

/** Without the name of the metric. An answer has ten thousands of them, too many to be described as the rest is. */
function labelsOf(metric: unknown): Record<string, string> {
  if (typeof metric !== "object" || metric === null) throw new TypeError("a series has no labels");
  const labels: Record<string, string> = {};
  for (const [label, value] of Object.entries(metric)) {
    if (typeof value !== "string") throw new TypeError(`a series has a ${label} that is no text`);
    if (label !== "__name__") labels[label] = value;
  }
  return labels;
}
