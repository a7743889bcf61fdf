import { InputError } from "../domain/input-error.ts";
import type { MetricsProtocol } from "../domain/metrics-protocol.ts";
import { type MetricsEndpoint, openEndpoint } from "../metrics/metrics-endpoint.ts";
import { mergedSeries } from "../metrics/merged-series.ts";
import { type PrometheusOptions, prometheusSource } from "../metrics/prometheus.ts";
import { probeRemoteRead } from "../metrics/remote-read/remote-read.ts";
import type { SeriesSource } from "../metrics/series-source.ts";
import { promqlSource } from "./promql/promql-source.ts";
import { remoteReadSource } from "./remote-read/remote-read-source.ts";
import { mergedReplicas } from "./replicas.ts";
import type { UsageSource } from "./usage-source.ts";
import { exportSource, hasExport } from "./victoria/export-source.ts";
import { withEvents } from "./with-events.ts";

export interface UsageEndpoint extends PrometheusOptions {
  /** How samples are read; `auto` asks the server what it has. */
  readonly protocol?: MetricsProtocol;
}

export interface OpenedUsage {
  readonly usage: UsageSource;
  /** The same servers, for owners and inventories. Its cost is counted in that of `usage`, too. */
  readonly series: SeriesSource;
}

/**
 * Opens one server, or the replicas of a highly available pair. Each is asked once which way it has: remote
 * read, export, else PromQL. A replica that is out of order is left out with a warning; rejects where all are,
 * and with `InputError` where a server lacks the protocol that was demanded of it.
 */
export async function openUsage(
  endpoints: readonly UsageEndpoint[],
  warn: (warning: string) => void,
): Promise<OpenedUsage> {
  const opened = await Promise.allSettled(endpoints.map((one) => openOne(one, warn)));
  const open: OpenedUsage[] = [];
  const faults: unknown[] = [];
  for (const one of opened)
    if (one.status === "fulfilled") open.push(one.value);
    else faults.push(one.reason);
  const [first] = open;
  const lacking = faults.find((fault) => fault instanceof LacksProtocol);
  if (first === undefined || lacking !== undefined) throw lacking ?? faults[0];
  for (const fault of faults) warn(`a replica is left out: ${messageOf(fault)}`);
  if (open.length === 1) return faults.length === 0 ? first : { ...first, usage: incomplete(first.usage) };
  return {
    usage: mergedReplicas(
      open.map(({ usage }) => usage),
      warn,
      endpoints.length,
    ),
    series: mergedSeries(
      open.map(({ series }) => series),
      warn,
    ),
  };
}

/** What the other replicas have besides is not known. */
function incomplete(usage: UsageSource): UsageSource {
  return {
    protocol: usage.protocol,
    cost: usage.cost,
    announce: (namespaces) => usage.announce?.(namespaces),
    read: async (namespace, window) => ({ ...(await usage.read(namespace, window)), incomplete: true }),
  };
}

class LacksProtocol extends InputError {}

async function openOne(given: UsageEndpoint, warn: (warning: string) => void): Promise<OpenedUsage> {
  // Owners and usage are asked for apart, of the same server.
  const warned = new Set<string>();
  const onWarning = (warning: string): void => {
    if (!warned.has(warning)) warn(warning);
    warned.add(warning);
  };
  const options = { onWarning, ...given };
  const endpoint = openEndpoint(options);
  const series = prometheusSource(options, endpoint);
  const source = await sourceOf(options, endpoint);
  return { usage: withEvents(source, series, warn), series };
}

interface Way {
  readonly has: (endpoint: MetricsEndpoint) => Promise<boolean>;
  readonly open: (options: UsageEndpoint, endpoint: MetricsEndpoint) => UsageSource;
}

/** In the order in which they are tried. */
const WAYS: Readonly<Record<Exclude<MetricsProtocol, "auto">, Way>> = {
  "remote-read": { has: probeRemoteRead, open: remoteReadSource },
  "victoria-export": {
    has: hasExport,
    open: ({ matchers }, endpoint) => exportSource(endpoint, matchers),
  },
  promql: { has: async () => true, open: (options, endpoint) => promqlSource(endpoint, options) },
};

async function sourceOf(options: UsageEndpoint, endpoint: MetricsEndpoint): Promise<UsageSource> {
  const { protocol = "auto" } = options;
  const ways = protocol === "auto" ? Object.values(WAYS) : [WAYS[protocol]];
  for (const way of ways) if (await way.has(endpoint)) return way.open(options, endpoint);
  throw new LacksProtocol(
    `${endpoint.shown} has no ${protocol}, or something before it forbids it; leave --metrics-protocol out, or give promql`,
  );
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
