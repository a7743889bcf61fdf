/** The default export of your module: makes a provider from the `options` of the configuration. */
export type ProviderFactory = (
  options: Readonly<Record<string, unknown>>,
  context: ProviderContext,
) => Provider | Promise<Provider>;

export interface ProviderContext {
  /** The cluster's name in the configuration. */
  readonly cluster: string;
  /** The folder of the configuration file, to which paths in `options` should be relative. */
  readonly folder: string;
  /** Says something in the report, such as that a part of the data is missing. */
  readonly warn: (text: string) => void;
}

/** Where usage comes from. What it throws ends the reading of the cluster, with your message in the report. */
export interface Provider {
  /** Everything that the containers of a namespace used; in any order, several series of one container too. */
  series(
    request: SeriesRequest,
  ): AsyncIterable<UsageSeries> | Iterable<UsageSeries> | Promise<Iterable<UsageSeries>>;
  /** Called once, when nothing more is asked. */
  close?(): void | Promise<void>;
}

export interface SeriesRequest {
  readonly namespace: string;
  /** From here, in Unix milliseconds, up to `endMs`, which is excluded; what is outside is left out. */
  readonly startMs: number;
  readonly endMs: number;
  /** Aborted when it takes too long (five minutes for a namespace). */
  readonly signal: AbortSignal;
}

/** One series of one container of one pod. */
export interface UsageSeries {
  readonly resource: "cpu" | "memory";
  readonly pod: string;
  readonly container: string;
  /** `gauge`: cores or bytes in use. `counter`: CPU seconds used since some beginning; a fall is a restart. */
  readonly kind: "gauge" | "counter";
  /** Unix milliseconds, ascending. The closer they are, the better peaks are seen: a minute is good. */
  readonly timesMs: readonly number[] | Float64Array;
  /** As many; NaN where nothing was measured. */
  readonly values: readonly number[] | Float64Array;
  /** The workload (`Deployment`, `api`), where you know it; else pods are matched by their names. */
  readonly owner?: { readonly kind: string; readonly name: string };
  /** The image that it ran, so that a release is seen. */
  readonly image?: string;
}
