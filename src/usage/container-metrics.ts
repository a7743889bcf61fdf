import type { ResourceName } from "../domain/resources.ts";
import type { Window } from "../domain/duration.ts";
import { selector } from "../metrics/promql.ts";
import type { SampleBuffer } from "../metrics/sample-buffer.ts";
import type { LabelMatcher } from "../metrics/series-source.ts";
import { DaySketcher, LEAD_MS, type SeriesKind } from "./day-sketcher.ts";
import { SketchBuilder } from "./sketch.ts";
import type { SeriesDays, UsageWindow } from "./usage-source.ts";

interface ContainerMetric {
  readonly resource: ResourceName;
  readonly kind: SeriesKind;
}

/** By name, what cAdvisor says of containers' use. */
export const CONTAINER_METRICS: ReadonlyMap<string, ContainerMetric> = new Map([
  ["container_cpu_usage_seconds_total", { resource: "cpu", kind: "counter" }],
  ["container_memory_working_set_bytes", { resource: "memory", kind: "gauge" }],
]);

/** A cAdvisor of its own may tell each CPU's share: one of them is not what the container used. */
const WHOLE_CPU: LabelMatcher = { label: "cpu", in: ["total", ""] };

/** The containers of a namespace, but not whole pods nor their pause containers, nor the share of each CPU. */
export function containerMatchers(namespace: string, more: readonly LabelMatcher[]): LabelMatcher[] {
  return [
    { label: "namespace", is: namespace },
    { label: "container", not: "" },
    { label: "container", not: "POD" },
    WHOLE_CPU,
    ...more,
  ];
}

/** Their {@link CONTAINER_METRICS} as PromQL: one of them, or all together. */
export function containerSelector(namespace: string, more: readonly LabelMatcher[], metric?: string): string {
  const names = metric === undefined ? [{ label: "__name__", in: [...CONTAINER_METRICS.keys()] }] : [];
  return selector(metric ?? "", [...names, ...containerMatchers(namespace, more)]);
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
  readonly #window: UsageWindow;
  readonly #builder = new SketchBuilder();

  constructor(window: UsageWindow) {
    this.#window = window;
  }

  take(labels: Readonly<Record<string, string>>, { timesMs, values, count }: Readonly<SampleBuffer>): void {
    const metric = CONTAINER_METRICS.get(labels["__name__"] ?? "");
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
