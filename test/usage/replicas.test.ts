import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { openEndpoint } from "../../src/metrics/metrics-endpoint.ts";
import { mergedSeries } from "../../src/metrics/merged-series.ts";
import { prometheusSource } from "../../src/metrics/prometheus.ts";
import { promqlSource } from "../../src/usage/promql/promql-source.ts";
import { openMetricsFile } from "../../src/usage/providers/metrics-file.ts";
import { mergedReplicas } from "../../src/usage/replicas.ts";
import { type ContainerSeries, sameContainer } from "../../src/usage/same-container.ts";
import type { UsageSource } from "../../src/usage/usage-source.ts";
import { prometheusAvailable, type RunningPrometheus, startPrometheus } from "../support/prometheus.ts";
import { rawDays } from "../support/raw-days.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../support/sample-cluster.ts";
import { generateUsage } from "../support/usage-generator.ts";

const window = SAMPLE_WINDOW;
const HOUR = 3_600_000;
const lines = [...generateUsage(SAMPLE_CLUSTER, { seed: 9, window, scrapeSeconds: 150 }).lines()];

/** What a server has that was down for some hours. */
function without(lines: readonly string[], fromHour: number, toHour: number): string[] {
  return lines.filter((line) => {
    const sinceMs = Number(/ ([\d.]+)$/.exec(line)?.[1] ?? Number.NaN) * 1000 - window.startMs;
    return !(sinceMs >= fromHour * HOUR && sinceMs < toHour * HOUR);
  });
}

/** A day that is made of parts has the same values as a whole one, but in another order of addition. */
function shapes(series: readonly ContainerSeries[]): object[] {
  const key = ({ resource, pod, container }: ContainerSeries): string => `${resource}/${pod}/${container}`;
  return series
    .toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ days, ...of }) => ({
      ...of,
      days: days.map(({ values, ...day }) => ({
        ...day,
        count: values.count,
        quantiles: [0, 0.5, 0.95, 1].map((q) => values.quantile(q)),
        mean: values.mean.toPrecision(10),
      })),
    }));
}
const usageOf = async (source: UsageSource, namespace: string): Promise<object[]> =>
  shapes(sameContainer((await source.read(namespace, window)).series));
const truth = (namespace: string): object[] => shapes(sameContainer(rawDays(lines, namespace)));

it("images of a pod are those of the replica that saw more of them in turn, and kills those of the one that saw more", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-replicas-"));
  const hours = (image: string, from: number, to: number): string[] =>
    Array.from(
      { length: (to - from) * 12 },
      (_, index) =>
        `kube_pod_container_info{namespace="data",pod="db-0",container="db",image="db:${image}"} 1 ${window.startMs / 1000 + from * 3600 + index * 300}`,
    );
  const kills = (...counts: (readonly [count: number, hour: number])[]): string[] =>
    counts.map(
      ([count, hour]) =>
        `container_oom_events_total{namespace="data",pod="db-0",container="db"} ${count} ${window.startMs / 1000 + hour * 3600}`,
    );
  const source = async (name: string, lines: readonly string[]): Promise<UsageSource> => {
    const file = path.join(folder, name);
    await writeFile(file, [...lines, "# EOF\n"].join("\n"));
    return (await openMetricsFile(file)).usage;
  };
  try {
    // One came up after the release.
    const late = await source("late.om", [...hours("2", 30, 48), ...kills([2, 32], [3, 34])]);
    const whole = await source("whole.om", [
      ...hours("1", 0, 26),
      ...hours("2", 26, 48),
      ...kills([0, 25], [2, 32], [3, 34]),
    ]);
    const fromDay = window.startMs / (24 * HOUR) + 1;
    for (const both of [mergedReplicas([late, whole], () => {}), mergedReplicas([whole, late], () => {})]) {
      const { images, events } = await both.read("data", window);
      expect(images).toEqual([
        { pod: "db-0", container: "db", image: "db:1" },
        { pod: "db-0", container: "db", image: "db:2", fromDay },
      ]);
      expect(events).toEqual([expect.objectContaining({ day: fromDay, oomKills: 3 })]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe.skipIf(!prometheusAvailable)("two replicas of a Prometheus", () => {
  let a: RunningPrometheus;
  let b: RunningPrometheus;
  const source = ({ url }: RunningPrometheus) =>
    promqlSource(openEndpoint({ url, retries: 1, retryDelayMs: 1 }));
  const series = ({ url }: RunningPrometheus) => prometheusSource({ url, retries: 1, retryDelayMs: 1 });

  beforeAll(async () => {
    // Both were down on the first day, but at different times; one for most of the second.
    a = await startPrometheus({ openMetrics: without(without(lines, 4.5, 9.25), 25, 46) });
    b = await startPrometheus({ openMetrics: without(lines, 12.1, 19.9) });
  });
  afterAll(async () => {
    await a[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
  });

  it.each(["shop", "data", "infra"])("know together what neither knows of %s", async (namespace) => {
    const warnings: string[] = [];
    const both = mergedReplicas([source(a), source(b)], (warning) => warnings.push(warning));
    expect(await usageOf(both, namespace)).toEqual(truth(namespace));
    expect(await usageOf(source(a), namespace)).not.toEqual(truth(namespace));
    expect(await usageOf(source(b), namespace)).not.toEqual(truth(namespace));
    expect(warnings).toEqual([]);
    expect(both.protocol).toBe("PromQL");
    expect(both.cost.requests).toBe(2);
  });

  it("know together which series there were, point by point", async () => {
    const both = mergedSeries([series(a), series(b)], () => {});
    const query = { metric: "kube_pod_owner", matchers: [], window, by: ["namespace", "pod"] };
    await using whole = await startPrometheus({ openMetrics: lines });
    const pods = async (of: typeof both): Promise<unknown[]> =>
      (await of.last(query)).map(({ labels }) => JSON.stringify(labels)).sort();
    expect(await pods(both)).toEqual(await pods(series(whole)));
    const memory = { ...query, metric: "container_memory_working_set_bytes", by: [] };
    const [got] = await both.gauge(memory, 3600);
    const [want] = await series(whole).gauge(memory, 3600);
    expect(got).toEqual(want);
    const cpu = { ...query, metric: "container_cpu_usage_seconds_total", by: ["container"] };
    const risen = async (of: typeof both): Promise<number> =>
      (await of.increase(cpu, 86_400)).reduce((sum, { values }) => sum + (values[0] ?? 0), 0);
    const most = Math.max(await risen(series(a)), await risen(series(b)));
    expect(await risen(both)).toBeGreaterThanOrEqual(most);
    expect(await risen(mergedSeries([series(b), series(a)], () => {}))).toBeGreaterThanOrEqual(most);
    const each = (await both.lastOfEach?.([query, { ...query, by: [] }], window)) ?? [];
    expect(each.map(({ length }) => length)).toEqual([(await both.last(query)).length, 1]);
  });

  it("are a warning where one dies in the middle, and a fault where both have", async () => {
    const first = await startPrometheus({ openMetrics: lines });
    const second = await startPrometheus({ openMetrics: lines });
    const warnings: string[] = [];
    const both = mergedReplicas([source(first), source(second)], (warning) => warnings.push(warning));
    expect(await usageOf(both, "shop")).toEqual(truth("shop"));
    await first[Symbol.asyncDispose]();
    expect(await usageOf(both, "data")).toEqual(truth("data"));
    expect(await usageOf(both, "infra")).toEqual(truth("infra"));
    expect(warnings).toEqual([expect.stringMatching(/^one of 2 replicas is left out: .*ECONN/)]);
    await second[Symbol.asyncDispose]();
    await expect(both.read("shop", window)).rejects.toThrow(InputError);
  });
});
