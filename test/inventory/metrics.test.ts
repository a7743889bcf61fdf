import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Workload, workloadKey } from "../../src/domain/workload.ts";
import type { Inventory, WorkloadSelection } from "../../src/inventory/inventory.ts";
import { metricsInventory } from "../../src/inventory/metrics.ts";
import { prometheusSource } from "../../src/metrics/prometheus.ts";
import { type RunningPrometheus, prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../support/sample-cluster.ts";
import { type GeneratedWorkload, generateUsage } from "../support/usage-generator.ts";

const generated = generateUsage(SAMPLE_CLUSTER, { seed: 3, window: SAMPLE_WINDOW });

/** More pods than are told of at once, in namespaces that are. */
const CROWD = Array.from({ length: 40 }, (_, index): GeneratedWorkload => ({
  kind: "Deployment",
  namespace: `team-${Math.floor(index / 4)}`,
  name: `app-${index % 4}`,
  replicas: 5,
  containers: [
    {
      name: "app",
      resources: { requests: { cpu: "1" }, limits: {} },
      cpu: { shape: "steady", low: 0.1 },
      memory: { shape: "steady", low: 1e8 },
    },
  ],
}));
const HOUR = { startMs: SAMPLE_WINDOW.startMs, endMs: SAMPLE_WINDOW.startMs + 3_600_000 };

const ALL: WorkloadSelection = { namespaces: [], labels: {} };
const MANY: WorkloadSelection = {
  namespaces: ["shop", "data", "infra", ...Array.from({ length: 25 }, (_, index) => `team-${index}`)],
  labels: {},
};

describe.skipIf(!prometheusAvailable)("workloads from kube-state-metrics in a real Prometheus", () => {
  let prometheus: RunningPrometheus;
  let inventory: Inventory;

  beforeAll(async () => {
    prometheus = await startPrometheus({ openMetrics: generated.lines() });
    inventory = metricsInventory(prometheusSource({ url: prometheus.url }), generated.window);
  });
  afterAll(() => prometheus[Symbol.asyncDispose]());

  it("are those that were there at the end, with the resources of their newest pods", async () => {
    const { workloads, warnings } = await inventory.discover(ALL);
    expect(workloads).toEqual(expected(() => true, {}));
    expect(warnings).toEqual([]);
  });

  it("take ten requests, and two more for those without pods now, however many namespaces there are", async () => {
    const source = prometheusSource({ url: prometheus.url });
    await metricsInventory(source, generated.window).discover(ALL);
    expect(source.cost.requests).toBe(12);
    const { workloads } = await metricsInventory(source, generated.window).discover(MANY);
    expect(source.cost.requests).toBe(24);
    expect(workloads).toEqual(expected(() => true, {}));
  });

  it("are the same from a server that allows few samples a query", async () => {
    await using strict = await startPrometheus({
      openMetrics: generated.lines(),
      flags: ["--query.max-samples=50"],
    });
    const source = prometheusSource({ url: strict.url });
    const { workloads } = await metricsInventory(source, generated.window).discover(ALL);
    expect(workloads).toEqual(expected(() => true, {}));
  });

  it("are the same from a server that cannot tell of all namespaces at once", async () => {
    const crowd = generateUsage(CROWD, { seed: 4, window: HOUR });
    const flags = ["--query.max-samples=150"];
    await using strict = await startPrometheus({ openMetrics: crowd.lines(), flags });
    const source = prometheusSource({ url: strict.url });
    const { workloads } = await metricsInventory(source, HOUR).discover(ALL);
    expect(workloads.map(workloadKey)).toEqual(crowd.workloads.map(workloadKey).sort());
  });

  it("are narrowed to namespaces", async () => {
    const { workloads } = await inventory.discover({ namespaces: ["data"], labels: {} });
    expect(workloads).toEqual(expected(({ namespace }) => namespace === "data", {}));
  });

  it("are narrowed to labels, as far as these are exported", async () => {
    const labels = { "app.kubernetes.io/name": "api", tier: "front" };
    const { workloads, warnings } = await inventory.discover({ namespaces: [], labels });
    expect(workloads).toEqual(expected(({ name }) => name === "api", labels));
    expect(warnings).toEqual([expect.stringContaining("Rollouts are left out")]);
  });

  it("say which option exports a label that no series has", async () => {
    const { workloads, warnings } = await inventory.discover({ namespaces: ["data"], labels: { team: "a" } });
    expect(workloads).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/label team .*--metric-labels-allowlist/)]);
  });

  it("tell an empty namespace from a Prometheus without kube-state-metrics", async () => {
    const { warnings } = await inventory.discover({ namespaces: ["nowhere"], labels: {} });
    expect(warnings).toEqual(["kube-state-metrics knows no workloads in these namespaces"]);
    const later = { startMs: generated.window.endMs + 3.6e6, endMs: generated.window.endMs + 7.2e6 };
    const empty = metricsInventory(prometheusSource({ url: prometheus.url }), later);
    expect((await empty.discover(ALL)).warnings).toEqual([expect.stringContaining("is it scraped")]);
  });
});

/** The truth, in the order and with the labels that an inventory from metrics has. */
function expected(select: (workload: Workload) => boolean, labels: Workload["labels"]): Workload[] {
  return generated.workloads
    .filter(select)
    .map((workload) => ({
      ...workload,
      labels,
      containers: workload.containers.toSorted(
        (a, b) => Number(b.role === "main") - Number(a.role === "main") || (a.name < b.name ? -1 : 1),
      ),
    }))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey(workload: Workload): string {
  const [kind, namespace, name] = workloadKey(workload).split("/");
  return `${namespace} ${kind} ${name}`;
}
