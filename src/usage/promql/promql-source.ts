import type { ConnectionOptions } from "../../metrics/connection-options.ts";
import type { TakeSamples } from "../../metrics/matrix-stream.ts";
import type { MetricsEndpoint } from "../../metrics/metrics-endpoint.ts";
import { connectPrometheus } from "../../metrics/prometheus-connection.ts";
import { RefusedQuery } from "../../metrics/prometheus-fault.ts";
import type { LabelMatcher } from "../../metrics/series-source.ts";
import { toldPartly } from "../../metrics/told-partly.ts";
import { CONTAINER_METRICS, ContainerSketcher, containerSelector, readFromMs } from "../container-metrics.ts";
import { type Piecewise, piecewise } from "../piecewise.ts";
import type { SeriesDays, UsageSource, UsageWindow } from "../usage-source.ts";
import { DAY_MS, dayOf } from "../usage.ts";

export interface PromqlSourceOptions extends Pick<ConnectionOptions, "timeoutMs" | "onWarning"> {
  /** What every series must carry besides. */
  readonly matchers?: readonly LabelMatcher[];
  /** What one answer shall hold at most, 2 million: 60 MB of JSON, which the server has in memory at once. */
  readonly samplesAtOnce?: number;
}

/** Thanos may be set up to give means of five minutes or an hour, which hide peaks; others pass over this. */
const NOT_DOWNSAMPLED = { max_source_resolution: "0s" };

/** What a sweep reads that follows another one is asked for at once: yesterday and today. */
const SHORT_DAYS = 2;

/**
 * Usage from servers that have PromQL and nothing better. A range selector as an instant query gives raw
 * samples: both metrics of a namespace in one answer, of one day, then of as many days as that day's size
 * allows; where the server's limits answer fewer days, then fewer pods. Knows neither events nor images.
 */
export function promqlSource(endpoint: MetricsEndpoint, options: PromqlSourceOptions = {}): UsageSource {
  const { matchers = [], samplesAtOnce = 2_000_000 } = options;
  const connection = connectPrometheus(endpoint, options);

  let together = true;

  const askFor = async (
    window: UsageWindow,
    selector: string,
    more?: Readonly<Record<string, string>>,
  ): Promise<Read> => {
    let sketcher = new ContainerSketcher(window);
    const begin = (): TakeSamples => {
      sketcher = new ContainerSketcher(window);
      return (labels, samples) => sketcher.take(labels, samples);
    };
    await connection.raw(selector, { ...window, startMs: readFromMs(window) }, begin, more);
    return sketcher;
  };

  const ask = async (namespace: string, window: UsageWindow, pods?: readonly string[]): Promise<Read> => {
    const chosen = [...(pods === undefined ? [] : [{ label: "pod", in: pods }]), ...matchers];
    if (together)
      try {
        return await askFor(window, containerSelector(namespace, chosen), NOT_DOWNSAMPLED);
      } catch (error) {
        // Google's server understands no expressions on names of metrics, and may refuse fields that it does not know.
        if (!(error instanceof RefusedQuery)) throw error;
      }
    const each = Array.from(CONTAINER_METRICS.keys(), (name) => containerSelector(namespace, chosen, name));
    const read = joined(await Promise.all(each.map((selector) => askFor(window, selector))));
    together = false;
    return read;
  };

  const pieces = (namespace: string): Piecewise<Read> => ({
    ask: (window, pods) => ask(namespace, window, pods),
    podsOf: (window) => connection.labelValues("pod", containerSelector(namespace, matchers), window),
  });

  const readDays = async (namespace: string, window: UsageWindow): Promise<SeriesDays[]> => {
    const series: SeriesDays[][] = [];
    let days = window.endMs - window.startMs <= SHORT_DAYS * DAY_MS ? SHORT_DAYS : 1;
    for (let { startMs } = window; startMs < window.endMs;) {
      const endMs = Math.min(endOfDays(startMs, days), window.endMs);
      const read = joined(await piecewise(pieces(namespace), { ...window, startMs, endMs }));
      series.push([...read.series]);
      days = Math.max(1, Math.floor((days * samplesAtOnce) / Math.max(1, read.samples)));
      startMs = endMs;
    }
    return series.flat();
  };

  return {
    protocol: "PromQL",
    cost: endpoint.cost,
    async read(namespace, window) {
      const { read: series, partial } = await toldPartly(connection, () => readDays(namespace, window));
      return { series, events: [], images: [], incomplete: partial, partial };
    },
  };
}

interface Read {
  readonly series: readonly SeriesDays[];
  readonly samples: number;
}

function joined(read: readonly Read[]): Read {
  return {
    series: read.flatMap(({ series }) => series),
    samples: read.reduce((sum, { samples }) => sum + samples, 0),
  };
}

/** The midnight that ends so many days, the one of `startMs` included. */
function endOfDays(startMs: number, days: number): number {
  return (dayOf(startMs) + days) * DAY_MS;
}
