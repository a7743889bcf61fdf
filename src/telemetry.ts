import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What Loadline says of itself at `/metrics`. */
export function createTelemetry() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    sweeps: new Counter({
      name: "loadline_sweeps_total",
      help: "Sweeps by outcome.",
      labelNames: ["outcome"],
      registers,
    }),
    sweepSeconds: new Histogram({
      name: "loadline_sweep_duration_seconds",
      help: "How long a sweep took.",
      buckets: [1, 5, 15, 60, 300, 900, 3600],
      registers,
    }),
    containers: new Gauge({
      name: "loadline_containers",
      help: "Containers of the last sweep by the certainty of their source.",
      labelNames: ["certainty"],
      registers,
    }),
    pullRequests: new Counter({
      name: "loadline_pull_requests_total",
      help: "Proposals by what became of them.",
      labelNames: ["outcome"],
      registers,
    }),
    trials: new Gauge({
      name: "loadline_trials_under_way",
      help: "Trials of proposed values whose pods have not been put back yet.",
      registers,
    }),
    watchRestarts: new Counter({
      name: "loadline_watch_restarts_total",
      help: "Watches of a cluster's lists that broke and went on, or expired and were listed anew.",
      labelNames: ["cluster", "reason"],
      registers,
    }),
    inventoryReads: new Counter({
      name: "loadline_inventory_reads_total",
      help: "Lists of a watched cluster that were read from memory (watch) or from its API server (list).",
      labelNames: ["cluster", "from"],
      registers,
    }),
    webhooks: new Counter({
      name: "loadline_webhooks_total",
      help: "Webhooks by event.",
      labelNames: ["event"],
      registers,
    }),
    commands: new Counter({
      name: "loadline_commands_total",
      help: "Slash commands by name.",
      labelNames: ["command"],
      registers,
    }),
  };
}

export type Telemetry = ReturnType<typeof createTelemetry>;
