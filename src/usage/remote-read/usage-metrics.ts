import type { ResourceName } from "../../domain/resources.ts";
import type { SeriesKind } from "../day-sketcher.ts";

interface UsageMetric {
  readonly name: string;
  readonly resource: ResourceName;
  readonly kind: SeriesKind;
}

/** The series of cAdvisor that say what a container uses. */
export const USAGE_METRICS: readonly UsageMetric[] = [
  { name: "container_cpu_usage_seconds_total", resource: "cpu", kind: "counter" },
  { name: "container_memory_working_set_bytes", resource: "memory", kind: "gauge" },
];
