/** How a server of metrics may be read; `auto` asks it which of the others it has. */
export const METRICS_PROTOCOLS = ["auto", "remote-read", "promql", "victoria-export"] as const;
export type MetricsProtocol = (typeof METRICS_PROTOCOLS)[number];
