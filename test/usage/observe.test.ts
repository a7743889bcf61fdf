import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workloadKey } from "../../src/domain/workload.ts";
import { type Distribution, exactDistribution } from "../../src/usage/distribution.ts";
import { observeUsage } from "../../src/usage/observe.ts";
import { openUsage, type UsageEndpoint } from "../../src/usage/open-usage.ts";
import { merge, SKETCH_ERROR } from "../../src/usage/sketch.ts";
import { noStore } from "../../src/usage/store/no-store.ts";
import { openUsageStore } from "../../src/usage/store/open-usage-store.ts";
import { resourceDays, type WorkloadUsage } from "../../src/usage/usage.ts";
import type { UsageStore } from "../../src/usage/usage-store.ts";
import { type RunningPrometheus, prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../support/sample-cluster.ts";
import { type GeneratedUsage, generateUsage } from "../support/usage-generator.ts";

const generated = generateUsage(SAMPLE_CLUSTER, { seed: 7, window: SAMPLE_WINDOW, duplicateJob: true });

interface Observed {
  readonly workloads: ReadonlyMap<string, WorkloadUsage>;
  readonly warnings: readonly string[];
  readonly steps: readonly string[];
  readonly requests: number;
}

async function observe(
  endpoint: UsageEndpoint,
  { workloads, window }: GeneratedUsage,
  store: UsageStore = noStore(),
): Promise<Observed> {
  const { usage, series } = await openUsage([endpoint], () => undefined);
  const before = usage.cost.requests;
  const found = new Map<string, WorkloadUsage>();
  const steps: string[] = [];
  const warnings = await observeUsage(
    { source: usage, owners: series, store, sourceKey: "test" },
    workloads,
    window,
    (_, read) => {
      for (const [key, one] of read) found.set(key, one);
    },
    (namespace, done, of) => steps.push(`${namespace} ${done}/${of}`),
  );
  return { workloads: found, warnings, steps, requests: usage.cost.requests - before };
}

describe.skipIf(!prometheusAvailable)("usage observed in a real Prometheus", () => {
  let prometheus: RunningPrometheus;
  let strict: RunningPrometheus;

  beforeAll(async () => {
    const openMetrics = [...generated.lines()];
    prometheus = await startPrometheus({ openMetrics });
    // A day of one pod, scraped twice, fits.
    strict = await startPrometheus({
      openMetrics,
      flags: ["--query.max-samples=20000", "--storage.remote.read-sample-limit=20000"],
    });
  });
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
    await strict[Symbol.asyncDispose]();
  });

  it.each(["remote-read", "promql"] as const)(
    "is the truth by %s: deleted pods, restarts, rollouts, gaps, duplicate scrapes",
    async (protocol) => {
      const observed = await observe({ url: prometheus.url, protocol }, generated);
      expect(differences(generated, observed)).toEqual([]);
      expect(observed.warnings).toEqual([]);
    },
  );

  it("is the same truth from a server that allows only a pod or two in a query", async () => {
    const observed = await observe({ url: strict.url, protocol: "promql" }, generated);
    expect(differences(generated, observed)).toEqual([]);
  });

  it("tells of each namespace that is done, and asks little", async () => {
    const { steps, requests } = await observe({ url: prometheus.url }, generated);
    expect(steps.map((step) => step.split(" ")[1])).toEqual(["1/3", "2/3", "3/3"]);
    expect(requests).toBeLessThan(25);
  });

  it("reads only what the store does not keep, and gives the same", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "loadline-observe-"));
    await using store = await openUsageStore(folder, () => undefined);
    const first = await observe({ url: prometheus.url }, generated, store);
    const again = await observe({ url: prometheus.url }, generated, store);
    expect(differences(generated, again)).toEqual([]);
    expect(again.workloads).toEqual(first.workloads);
    const [day] = (await store.kept("test")).get("shop") ?? [];
    // The window's last day may still get samples.
    expect(await store.kept("test")).toEqual(
      new Map(["data", "infra", "shop"].map((namespace) => [namespace, [day]])),
    );
    await rm(folder, { recursive: true });
  });

  it("reads a day anew whose page turns out to be damaged, and keeps it again", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "loadline-observe-"));
    const told: string[] = [];
    await using store = await openUsageStore(folder, (warning) => told.push(warning));
    const first = await observe({ url: prometheus.url }, generated, store);
    using database = new DatabaseSync(path.join(folder, "usage.sqlite"));
    database.exec("UPDATE loadline_usage_pages SET page = zeroblob(99) WHERE namespace = 'shop'");
    const again = await observe({ url: prometheus.url }, generated, store);
    expect(told).toEqual([expect.stringContaining("namespace shop is damaged and read again")]);
    expect(again.workloads).toEqual(first.workloads);
    expect((await observe({ url: prometheus.url }, generated, store)).workloads).toEqual(first.workloads);
    expect(told).toHaveLength(1);
    await rm(folder, { recursive: true });
  });
});

describe.skipIf(!prometheusAvailable)("usage without kube-state-metrics", () => {
  it("is matched by the names of pods, with a warning", async () => {
    const bare = generateUsage(SAMPLE_CLUSTER, {
      seed: 7,
      window: SAMPLE_WINDOW,
      kubeStateMetrics: false,
    });
    await using prometheus = await startPrometheus({ openMetrics: bare.lines() });
    const observed = await observe({ url: prometheus.url }, bare);
    expect(differences(bare, observed)).toEqual([]);
    expect(observed.warnings).toEqual([expect.stringContaining("kube_pod_owner")]);
  });
});

/** What is not as the generator made it. */
function differences(generated: GeneratedUsage, { workloads }: Observed): string[] {
  return generated.workloads.map(workloadKey).flatMap((key) => {
    const containers = workloads.get(key)?.containers ?? [];
    const truth = generated.truth.get(key) ?? new Map<string, never>();
    return [
      ...containers
        .filter(({ container }) => !truth.has(container))
        .map(({ container }) => `${key} ${container} is none of its containers`),
      ...[...truth].flatMap(([name, { cores, bytes, pods }]) => {
        const usage = containers.find(({ container }) => container === name) ?? { container: name, days: [] };
        const seen = new Set(usage.days.map(({ pod }) => pod)).size;
        const all = (resource: "cpu" | "memory"): Distribution =>
          merge(resourceDays(usage, resource).map(({ values }) => values));
        return [
          ...(seen === pods ? [] : [`${seen} pods instead of ${pods}`]),
          ...apart("cpu", all("cpu"), cores),
          ...apart("memory", all("memory"), bytes),
        ].map((what) => `${key} ${name}: ${what}`);
      }),
    ];
  });
}

/** Five scrapes a value, of which the first of a pod gives no rate yet: a hair of rank, besides the sketch's error. */
function apart(resource: string, got: Distribution, values: readonly number[]): string[] {
  const want = exactDistribution(values);
  const faults = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99].flatMap((q) => {
    const [low, high] = [want.quantile(q - 0.02), want.quantile(Math.min(1, q + 0.02))];
    const value = got.quantile(q);
    return value >= low * (1 - SKETCH_ERROR) && value <= high * (1 + SKETCH_ERROR)
      ? []
      : [`${resource} at ${q}: ${value} is not from ${low} to ${high}`];
  });
  const peak = Math.abs(got.max / want.max - 1);
  return peak > 1e-6 ? [...faults, `${resource} peaks at ${got.max} instead of ${want.max}`] : faults;
}
