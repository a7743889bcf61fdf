import type { ResourceName } from "../domain/resources.ts";
import type { Window } from "../domain/duration.ts";
import { selector } from "../metrics/promql.ts";
import type { SampleBuffer } from "../metrics/sample-buffer.ts";
import type { LabelMatcher } from "../metrics/series-source.ts";
import { DaySketcher, LEAD_MS, type SeriesKind } from "./day-sketcher.ts";
import { SketchBuilder } from "./sketch.ts";
import type { SeriesDays } from "./usage-source.ts";

interface ContainerMetric {
  readonly resource: ResourceName;
  readonly kind: SeriesKind;
}

const METRICS: ReadonlyMap<string, ContainerMetric> = new Map([
  ["container_cpu_usage_seconds_total", { resource: "cpu", kind: "counter" }],
  ["container_memory_working_set_bytes", { resource: "memory", kind: "gauge" }],
]);

/** What cAdvisor says of containers' use, but not of whole pods nor of their pause containers; as PromQL. */
export function containerSelector(namespace: string, more: readonly LabelMatcher[]): string {
  return selector("", [
    { label: "__name__", in: [...METRICS.keys()] },
    { label: "namespace", is: namespace },
    { label: "container", not: "" },
    { label: "container", not: "POD" },
    ...more,
  ]);
}

/** From when on samples are read, so that a window's first rate has a sample before it. */
export function readFromMs({ startMs }: Window): number {
  return startMs - LEAD_MS;
}

/** Makes days of the raw samples of one series after the other, those of the window alone. */
export class ContainerSketcher {
  readonly series: SeriesDays[] = [];
  /** Samples seen. */
  samples = 0;
  readonly #window: Window;
  readonly #builder = new SketchBuilder();

  constructor(window: Window) {
    this.#window = window;
  }

  take(labels: Readonly<Record<string, string>>, { timesMs, values, count }: Readonly<SampleBuffer>): void {
    const metric = METRICS.get(labels["__name__"] ?? "");
    if (metric === undefined) return;
    this.samples += count;
    const sketcher = new DaySketcher(metric.kind, this.#builder, this.#window);
    sketcher.add(timesMs, values, count);
    const days = sketcher.finish();
    if (days.length === 0) return;
    const { pod = "", container = "", job = "" } = labels;
    this.series.push({ resource: metric.resource, pod, container, job, days });
  }
}
