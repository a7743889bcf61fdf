import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workloadKey } from "../../src/domain/workload.ts";
import { prometheusSource } from "../../src/metrics/prometheus.ts";
import type { SeriesQuery, SeriesSource } from "../../src/metrics/series-source.ts";
import { type Distribution, exactDistribution } from "../../src/usage/distribution.ts";
import { type ObservedUsage, observeUsage } from "../../src/usage/observe.ts";
import { type RunningPrometheus, prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../support/sample-cluster.ts";
import { type ContainerTruth, type GeneratedUsage, generateUsage } from "../support/usage-generator.ts";

const generated = generateUsage(SAMPLE_CLUSTER, { seed: 7, window: SAMPLE_WINDOW, duplicateJob: true });

/** What the generator counts in floating point comes back through text and `rate` to eleven digits. */
const TOLERANCE = 1e-11;

describe.skipIf(!prometheusAvailable)("usage observed in a real Prometheus", () => {
  let prometheus: RunningPrometheus;
  let strict: RunningPrometheus;

  beforeAll(async () => {
    const openMetrics = [...generated.lines()];
    prometheus = await startPrometheus({ openMetrics });
    // 577 points a series: not even a quarter of the window of all series of a namespace fits.
    strict = await startPrometheus({ openMetrics, flags: ["--query.max-samples=700"] });
  });
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
    await strict[Symbol.asyncDispose]();
  });

  it("is the truth for every container: deleted pods, restarts, rollouts, gaps, duplicate scrapes", async () => {
    const source = prometheusSource({ url: prometheus.url });
    expect(differences(generated, await observeUsage(source, generated.workloads, generated.window))).toEqual(
      [],
    );
  });

  it("gives the percentiles of the truth", async () => {
    const source = prometheusSource({ url: prometheus.url });
    const { workloads } = await observeUsage(source, generated.workloads, generated.window);
    const app = workloads.get("Deployment/shop/api")?.containers.find((one) => one.container === "app");
    const truth = generated.truth.get("Deployment/shop/api")?.get("app");
    for (const q of [0, 0.5, 0.9, 0.95, 0.99, 1]) {
      expect(app?.cpu.quantile(q)).toBeCloseTo(exactDistribution(truth?.cores ?? []).quantile(q), 10);
      expect(app?.memory.quantile(q)).toBe(exactDistribution(truth?.bytes ?? []).quantile(q));
    }
  });

  it("asks two queries a namespace and five for all", async () => {
    const source = prometheusSource({ url: prometheus.url });
    const steps: string[] = [];
    await observeUsage(source, generated.workloads, generated.window, {
      progress: (namespace, done, of) => steps.push(`${namespace} ${done}/${of}`),
    });
    expect(source.cost.requests).toBe(3 * 2 + 3 + 1);
    expect(source.cost.bytes).toBeGreaterThan(100_000);
    expect(steps.map((step) => step.split(" ")[1])).toEqual(["1/3", "2/3", "3/3"]);
  });

  it("says from when to when there was data", async () => {
    const source = prometheusSource({ url: prometheus.url });
    const { workloads } = await observeUsage(source, generated.workloads, generated.window);
    const seen = workloads.get("DaemonSet/infra/log-agent")?.containers[0]?.seen;
    expect(seen).toEqual({
      startMs: generated.window.startMs + 300_000,
      endMs: generated.window.endMs - 300_000,
    });
  });

  it("is the same truth from a server that allows only a few hundred samples a query", async () => {
    const source = prometheusSource({ url: strict.url });
    expect(differences(generated, await observeUsage(source, generated.workloads, generated.window))).toEqual(
      [],
    );
    expect(source.cost.requests).toBeGreaterThan(50);
  });

  it("asks for some pods at a time where shorter times do not help", async () => {
    const queries: SeriesQuery[] = [];
    const source = spiedOn(prometheusSource({ url: strict.url }), queries);
    await observeUsage(source, generated.workloads, generated.window);
    expect(queries.some(({ matchers }) => matchers.some((one) => one.label === "pod"))).toBe(true);
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
    const source = prometheusSource({ url: prometheus.url });
    const observed = await observeUsage(source, bare.workloads, bare.window);
    expect(differences(bare, observed)).toEqual([]);
    expect(observed.warnings).toEqual([expect.stringContaining("kube_pod_owner")]);
  });
});

/** What is not as the generator made it, value by value. */
function differences(generated: GeneratedUsage, { workloads }: ObservedUsage): string[] {
  return generated.workloads.map(workloadKey).flatMap((key) => {
    const truth = generated.truth.get(key) ?? new Map<string, ContainerTruth>();
    const containers = workloads.get(key)?.containers ?? [];
    return [
      ...containers
        .filter(({ container }) => !truth.has(container))
        .map(({ container }) => `${key} ${container}`),
      ...[...truth].flatMap(([name, { cores, bytes, pods }]) => {
        const usage = containers.find(({ container }) => container === name);
        if (usage?.pods !== pods) return [`${key} ${name}: ${usage?.pods} pods instead of ${pods}`];
        return [...unequal(usage.cpu, cores), ...unequal(usage.memory, bytes)].map(
          (what) => `${key} ${name}: ${what}`,
        );
      }),
    ];
  });
}

function unequal(got: Distribution, values: readonly number[]): string[] {
  const want = exactDistribution(values);
  if (got.count !== want.count) return [`${got.count} values instead of ${want.count}`];
  // As many ranks as there are values: each of them is compared.
  return values.flatMap((_, index) => {
    const q = index / Math.max(1, want.count - 1);
    const apart = Math.abs(got.quantile(q) - want.quantile(q));
    return apart <= TOLERANCE * want.quantile(q) ? [] : [`${got.quantile(q)} is not ${want.quantile(q)}`];
  });
}

function spiedOn(source: SeriesSource, queries: SeriesQuery[]): SeriesSource {
  const noted = (query: SeriesQuery): SeriesQuery => {
    queries.push(query);
    return query;
  };
  return {
    cost: source.cost,
    gauge: (query, step) => source.gauge(noted(query), step),
    rate: (query, step) => source.rate(noted(query), step),
    last: (query) => source.last(noted(query)),
  };
}
