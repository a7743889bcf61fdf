import type { Window } from "../domain/duration.ts";
import type { ResourceName } from "../domain/resources.ts";
import type { WorkloadKind } from "../domain/workload.ts";
import type { MetricsCost } from "../metrics/series-source.ts";
import type { Day, DayEvents, ResourceDay } from "./usage.ts";

/** A window to read. */
export interface UsageWindow extends Window {
  /**
   * Into how long parts days are cut, each of which is told on its own; it divides a day. Whole days where it
   * is left out, and where a source can't.
   */
  readonly partMs?: number;
}

/** One series of a container's use, cut into UTC days. */
export interface SeriesDays {
  readonly resource: ResourceName;
  readonly pod: string;
  readonly container: string;
  /** The scrape job; empty where there is none. */
  readonly job: string;
  readonly days: readonly (ResourceDay & { readonly day: Day })[];
}

/** What counters said of a container in one day. */
export interface EventDay extends DayEvents {
  readonly pod: string;
  readonly container: string;
  readonly day: Day;
}

/** Which image a container of a pod ran, as was last seen in the window. */
export interface PodImage {
  readonly pod: string;
  readonly container: string;
  readonly image: string;
  /** From that day on, where the pod's name had others before; of several that have begun, the last one told counts. */
  readonly fromDay?: Day;
}

/** What controls a pod at the end of the chain, where the source itself says so. */
export interface PodOwner {
  readonly pod: string;
  readonly kind: WorkloadKind;
  readonly name: string;
}

export interface NamespaceUsage {
  /** Several of the same pod, container and resource where jobs or replicas saw it twice. */
  readonly series: readonly SeriesDays[];
  readonly events: readonly EventDay[];
  readonly images: readonly PodImage[];
  readonly owners?: readonly PodOwner[];
  /** Something may be missing that will be there another time: these days are not to be kept. */
  readonly incomplete?: boolean;
  /** The server itself said that it told less than there is. Such days are incomplete too. */
  readonly partial?: boolean;
}

/**
 * Where usage is read from: remote read, PromQL, an export, metrics-server, a file, or a module of the user's.
 * Rejects as `SeriesSource` says.
 */
export interface UsageSource {
  /** How it is read, in words for the report: `remote read`, `PromQL`, `VictoriaMetrics export`, … */
  readonly protocol: string;
  /** Says which namespaces will be read, so that what can be asked for all of them at once is. */
  announce?(namespaces: readonly string[]): void;
  /**
   * Everything that containers of a namespace used in a window. It begins and ends at UTC days, but
   * for the last, which may be cut short by now.
   */
  read(namespace: string, window: UsageWindow): Promise<NamespaceUsage>;
  readonly cost: Readonly<MetricsCost>;
}
