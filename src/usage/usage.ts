import type { WorkloadKind } from "../domain/workload.ts";
import type { ResourceName } from "../domain/resources.ts";
import type { Distribution } from "./distribution.ts";

export const DAY_MS = 86_400_000;

/** Days since 1970-01-01 UTC. */
export type Day = number;

export function dayOf(timeMs: number): Day {
  return Math.floor(timeMs / DAY_MS);
}

/** What one container of one pod used of a resource in one UTC day, as far as it was read. */
export interface ResourceDay {
  /**
   * Cores or bytes, one value a scrape: CPU is the mean between two scrapes, memory the working set at one.
   */
  readonly values: Distribution;
  /** The time for which these values speak; gaps are left out. */
  readonly coveredSeconds: number;
  /** Unix milliseconds of the first and the last sample. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Every value with its time, where they were kept: when history is replayed. */
  readonly samples?: { readonly timesMs: Float64Array; readonly values: Float64Array };
}

/** What happened to a container in a day, as counters told. */
export interface DayEvents {
  /** Periods of the CPU's bandwidth control in which it was throttled, of `periods` in which it ran. */
  readonly throttledPeriods: number;
  readonly periods: number;
  readonly oomKills: number;
  readonly restarts: number;
}

/** One container of one pod in one UTC day. */
export interface ContainerDay {
  readonly day: Day;
  readonly pod: string;
  readonly container: string;
  /** What controlled the pod at the end of the chain, where owners were known. */
  readonly owner?: { readonly kind: WorkloadKind; readonly name: string };
  readonly image?: string;
  readonly cpu?: ResourceDay;
  readonly memory?: ResourceDay;
  readonly events?: DayEvents;
}

/** What one container of a workload used in a window: all days of all its pods, deleted ones included. */
export interface ContainerUsage {
  readonly container: string;
  /** Ascending by day. */
  readonly days: readonly ContainerDay[];
}

export interface WorkloadUsage {
  readonly containers: readonly ContainerUsage[];
}

/** What one container of one pod used of a resource in one UTC day. */
export type PodDay = ResourceDay & { readonly day: Day; readonly pod: string };

/** The days of a resource that hold values. */
export function resourceDays(usage: ContainerUsage, resource: ResourceName): PodDay[] {
  const found: PodDay[] = [];
  for (const { day, pod, [resource]: of } of usage.days)
    if (of !== undefined && of.values.count > 0) found.push({ ...of, day, pod });
  return found;
}
