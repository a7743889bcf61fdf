import { z } from "zod";
import type { Window } from "../../../domain/duration.ts";
import { InputError } from "../../../domain/input-error.ts";
import { LEAD_MS } from "../../day-sketcher.ts";
import type { UsageSource } from "../../usage-source.ts";
import type { UsageSeries } from "../provider.ts";
import { providerSource } from "../provider-source.ts";
import { DatadogClient, type Timeseries } from "./datadog-client.ts";

/** What the Agent measures of containers, in which part of our unit, and how a minute becomes one point. */
const METRICS = [
  { resource: "cpu", metric: "kubernetes.cpu.usage.total", unit: 1e-9, rollup: "avg" },
  { resource: "memory", metric: "kubernetes.memory.working_set", unit: 1, rollup: "max" },
] as const;
const POINT_SECONDS = 60;
/** So many points fit into one answer; of more Datadog makes fewer. */
const PIECE_MS = 1440 * POINT_SECONDS * 1000;

const Options = z.strictObject({
  site: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,200}$/, "is no site such as datadoghq.eu")
    .default("datadoghq.com"),
  url: z.url({ protocol: /^https?$/ }).optional(),
  tags: z
    .array(z.string().regex(/^[^\s{},]{1,200}$/, "is no tag such as kube_cluster_name:prod"))
    .default([]),
});

/**
 * Usage as Datadog's Agent saw it, a point a minute: CPU as the mean of the minute, memory as its largest
 * working set. The keys are `DD_API_KEY` and `DD_APP_KEY` of the environment. Throws `InputError` where options
 * or keys are wrong.
 */
export function datadogSource(
  options: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): UsageSource {
  const parsed = Options.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(`options of datadog: ${issue?.path.join(".") || "they"}: ${issue?.message}`);
  }
  const { site, url = `https://api.${site}`, tags } = parsed.data;
  const { DD_API_KEY: apiKey = "", DD_APP_KEY: appKey = "" } = environment;
  if (apiKey === "" || appKey === "")
    throw new InputError(
      "provider: datadog takes its keys from the environment: set DD_API_KEY and DD_APP_KEY",
    );
  const client = new DatadogClient(url, { apiKey, appKey });
  const provider = {
    async *series({
      namespace,
      startMs,
      endMs,
      signal,
    }: Window & { namespace: string; signal: AbortSignal }) {
      const queries = METRICS.map(({ metric, rollup }) =>
        queryOf(metric, rollup, [`kube_namespace:${namespace}`, ...tags]),
      );
      // What leads up to a window matters to counters only; without it, pieces are days.
      for (let fromMs = startMs + LEAD_MS; fromMs < endMs; fromMs += PIECE_MS) {
        const piece = { startMs: fromMs, endMs: Math.min(fromMs + PIECE_MS, endMs) };
        yield* seriesOf(await client.timeseries(queries, piece, POINT_SECONDS, signal));
      }
    },
  };
  return { ...providerSource(provider, "Datadog"), cost: client.cost };
}

/** The largest value of what carries the same names: a container that was seen twice counts once. */
function queryOf(metric: string, rollup: string, scope: readonly string[]): string {
  return `max:${metric}{${scope.join(",")}} by {pod_name,kube_container_name}.rollup(${rollup}, ${POINT_SECONDS})`;
}

function* seriesOf({ times, series, values }: Timeseries): Generator<UsageSeries> {
  for (const [index, { query_index: query, group_tags: tags }] of series.entries()) {
    const metric = METRICS[query];
    const pod = tagOf(tags, "pod_name");
    const container = tagOf(tags, "kube_container_name");
    // What is measured of a whole pod has no container.
    if (metric === undefined || pod === undefined || container === undefined) continue;
    yield {
      resource: metric.resource,
      pod,
      container,
      kind: "gauge",
      timesMs: times,
      values: (values[index] ?? []).map((value) => (value === null ? Number.NaN : value * metric.unit)),
    };
  }
}

function tagOf(tags: readonly string[], name: string): string | undefined {
  const value = tags.find((tag) => tag.startsWith(`${name}:`))?.slice(name.length + 1);
  return value === "" || value === "N/A" ? undefined : value;
}
