import { isWorkloadKind } from "../../domain/workload.ts";
import { readCsv } from "../../metrics/csv.ts";
import { type Recorded, type RecordedSeries, readOpenMetrics } from "../../metrics/openmetrics.ts";
import { sourceOf } from "../../metrics/recording.ts";
import type { SeriesSource } from "../../metrics/series-source.ts";
import { CONTAINER_METRICS } from "../container-metrics.ts";
import { greatest } from "../distribution.ts";
import { SketchBuilder } from "../sketch.ts";
import type { PodOwner, SeriesDays, UsageSource } from "../usage-source.ts";
import { withEvents } from "../with-events.ts";
import { seriesDays } from "./series-days.ts";

export interface MetricsFile {
  readonly usage: UsageSource;
  /** Everything that an OpenMetrics file holds, owners and workloads too; a table holds only usage. */
  readonly series?: SeriesSource;
  /** Unix milliseconds; −∞ where the file is empty. */
  readonly newestMs: number;
}

/**
 * Usage from a file, held in memory: a table where its name ends in `.csv` or `.csv.gz` (see {@link readCsv}),
 * else OpenMetrics text (see {@link readOpenMetrics}). Rejects with `InputError` that names file and line.
 */
export async function openMetricsFile(
  file: string,
  warn: (warning: string) => void = () => {},
): Promise<MetricsFile> {
  if (/\.csv(?:\.gz)?$/i.test(file)) {
    const recorded = await readCsv(file);
    return { usage: recordedUsage(recorded, "CSV file", TABLE), newestMs: newestOf(recorded) };
  }
  const recorded = await readOpenMetrics(file);
  const series = sourceOf(recorded);
  const usage = withEvents(recordedUsage(recorded, "OpenMetrics file", CONTAINER_METRICS), series, warn);
  return { usage, series, newestMs: newestOf(recorded) };
}

function newestOf({ series }: Recorded): number {
  return greatest(series.map(({ timesMs }) => timesMs.at(-1) ?? Number.NEGATIVE_INFINITY));
}

/** Of cores and bytes, as a table has them. */
const TABLE: typeof CONTAINER_METRICS = new Map([
  ["cpu_cores", { resource: "cpu", kind: "gauge" }],
  ["memory_bytes", { resource: "memory", kind: "gauge" }],
]);

function recordedUsage(
  { series, bytes }: Recorded,
  protocol: string,
  metrics: typeof CONTAINER_METRICS,
): UsageSource {
  const byNamespace = Map.groupBy(series.filter(isOfContainer), ({ labels }) => labels["namespace"] ?? "");
  return {
    protocol,
    cost: { requests: 1, bytes },
    read: async (namespace, window) => {
      const own = byNamespace.get(namespace) ?? [];
      const builder = new SketchBuilder();
      const days = own.flatMap(({ metric, labels, timesMs, values }): SeriesDays[] => {
        const measured = metrics.get(metric);
        if (measured === undefined) return [];
        const { pod = "", container = "", job = "" } = labels;
        return seriesDays({ ...measured, pod, container, job, timesMs, values }, window, builder);
      });
      return { series: days, events: [], images: [], owners: ownersOf(own) };
    },
  };
}

/** cAdvisor measures the pod's own group and its pause container too, and may tell each CPU's share. */
function isOfContainer({ labels: { container = "", cpu = "total" } }: RecordedSeries): boolean {
  return container !== "" && container !== "POD" && cpu === "total";
}

/** As far as a table tells: `Deployment/api`. */
function ownersOf(series: readonly RecordedSeries[]): PodOwner[] {
  const owners = new Map(series.map(({ labels }) => [labels["pod"] ?? "", labels["owner"] ?? ""]));
  return [...owners].flatMap(([pod, owner]) => {
    const [kind = "", name = ""] = owner.split("/");
    return isWorkloadKind(kind) ? [{ pod, kind, name }] : [];
  });
}
