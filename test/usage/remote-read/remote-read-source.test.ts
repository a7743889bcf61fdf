import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Window } from "../../../src/domain/duration.ts";
import { openEndpoint } from "../../../src/metrics/metrics-endpoint.ts";
import { parseAnswer } from "../../../src/metrics/prometheus-answer.ts";
import { QueryLimitError } from "../../../src/metrics/query-limit-error.ts";
import { probeRemoteRead } from "../../../src/metrics/remote-read/remote-read.ts";
import { DaySketcher, LEAD_MS } from "../../../src/usage/day-sketcher.ts";
import { remoteReadSource } from "../../../src/usage/remote-read/remote-read-source.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import type { SeriesDays } from "../../../src/usage/usage-source.ts";
import { prometheusAvailable, type RunningPrometheus, startPrometheus } from "../../support/prometheus.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../../support/sample-cluster.ts";
import { generateUsage } from "../../support/usage-generator.ts";

const generated = generateUsage(SAMPLE_CLUSTER, {
  seed: 7,
  window: SAMPLE_WINDOW,
  duplicateJob: true,
  kubeStateMetrics: false,
});
const NAMESPACE = "shop";

describe.skipIf(!prometheusAvailable)("what a real Prometheus has", () => {
  let prometheus: RunningPrometheus;
  let truth: unknown;
  const { startMs, endMs } = SAMPLE_WINDOW;

  beforeAll(async () => {
    prometheus = await startPrometheus({
      openMetrics: generated.lines(),
      flags: ["--storage.remote.read-max-bytes-in-frame=4096"],
    });
    truth = comparable(await rawDays(prometheus.url, NAMESPACE, SAMPLE_WINDOW));
  });
  afterAll(() => prometheus[Symbol.asyncDispose]());

  it("becomes the days that its raw samples make: resets, gaps, NaN, deleted pods, two jobs", async () => {
    const source = remoteReadSource({ url: prometheus.url });
    const { series } = await source.read(NAMESPACE, SAMPLE_WINDOW);
    expect(comparable(series)).toEqual(truth);
    expect(series.length).toBeGreaterThan(20);
    expect(source.cost).toEqual({ requests: 1, bytes: expect.any(Number) });
    expect(source.cost.bytes).toBeGreaterThan(100_000);
  });

  it("is the same read day by day", async () => {
    const source = remoteReadSource({ url: prometheus.url });
    const days = [];
    for (let dayMs = startMs; dayMs < endMs; dayMs += DAY_MS)
      days.push(...(await source.read(NAMESPACE, { startMs: dayMs, endMs: dayMs + DAY_MS })).series);
    const key = ({ resource, pod, container, job }: SeriesDays): string =>
      [resource, pod, container, job].join("/");
    const joined = [...Map.groupBy(days, key).values()].flatMap((pieces) =>
      pieces.slice(0, 1).map((one) => ({ ...one, days: pieces.flatMap(({ days }) => days) })),
    );
    expect(comparable(joined)).toEqual(truth);
  });

  it("is the same where an answer may not be as large as all days are", async () => {
    const source = remoteReadSource({ url: prometheus.url, answerLimitBytes: 160_000 });
    expect(comparable((await source.read(NAMESPACE, SAMPLE_WINDOW)).series)).toEqual(truth);
    expect(source.cost.requests).toBe(3);
  });

  it("is the same where an answer may not be as large as one day is", async () => {
    const source = remoteReadSource({ url: prometheus.url, answerLimitBytes: 30_000 });
    expect(comparable((await source.read(NAMESPACE, SAMPLE_WINDOW)).series)).toEqual(truth);
    expect(source.cost.requests).toBeGreaterThan(8);
  });

  it("is a QueryLimitError where a pod's day is too much", async () => {
    const source = remoteReadSource({ url: prometheus.url, answerLimitBytes: 3000 });
    await expect(source.read(NAMESPACE, SAMPLE_WINDOW)).rejects.toThrow(QueryLimitError);
  });

  it("is the same where four namespaces are read at once, and nothing of another one", async () => {
    const source = remoteReadSource({ url: prometheus.url });
    const all = await Promise.all(
      ["data", NAMESPACE, "infra", "nowhere"].map((namespace) => source.read(namespace, SAMPLE_WINDOW)),
    );
    expect(comparable(all[1]?.series ?? [])).toEqual(truth);
    expect(all[3]?.series).toEqual([]);
  });

  it("can be narrowed by further labels", async () => {
    const matchers = [
      { label: "job", is: "agent" },
      { label: "pod", in: ["a.b", "c"] },
      { label: "x", not: "y" },
    ];
    const agent = remoteReadSource({ url: prometheus.url, matchers: matchers.slice(0, 1) });
    const { series } = await agent.read(NAMESPACE, SAMPLE_WINDOW);
    expect(new Set(series.map(({ job }) => job))).toEqual(new Set(["agent"]));
    const none = remoteReadSource({ url: prometheus.url, matchers });
    expect((await none.read(NAMESPACE, SAMPLE_WINDOW)).series).toEqual([]);
  });

  it("ends where the window ends, at any time of the day", async () => {
    const cut = { startMs, endMs: startMs + DAY_MS + 5 * 3_600_000 + 1234 };
    const { series } = await remoteReadSource({ url: prometheus.url }).read(NAMESPACE, cut);
    expect(comparable(series)).toEqual(comparable(await rawDays(prometheus.url, NAMESPACE, cut)));
    expect(Math.max(...series.flatMap(({ days }) => days.map(({ lastMs }) => lastMs)))).toBeLessThan(
      cut.endMs,
    );
  });

  it("leaves nothing behind that keeps the process alive", async () => {
    const source = new URL("../../../src/usage/remote-read/remote-read-source.ts", import.meta.url);
    const script = `
      import { remoteReadSource } from ${JSON.stringify(source.href)};
      const source = remoteReadSource(${JSON.stringify({ url: prometheus.url })});
      const { series } = await source.read(${JSON.stringify(NAMESPACE)}, ${JSON.stringify(SAMPLE_WINDOW)});
      process.stdout.write(String(series.length));
    `;
    const node = execa(process.execPath, ["--input-type=module", "--eval", script], { timeout: 30_000 });
    expect(Number((await node).stdout)).toBeGreaterThan(20);
  });

  it("is found out by asking once", async () => {
    const endpoint = openEndpoint({ url: prometheus.url });
    expect(await probeRemoteRead(endpoint)).toBe(true);
    expect(endpoint.cost.requests).toBe(1);
  });
});

/** The same by PromQL: every raw sample as text, sketched in one piece. */
async function rawDays(url: string, namespace: string, window: Window): Promise<SeriesDays[]> {
  const answers = await Promise.all(
    (
      [
        ["cpu", "counter", "container_cpu_usage_seconds_total"],
        ["memory", "gauge", "container_memory_working_set_bytes"],
      ] as const
    ).map(async ([resource, kind, metric]) => {
      const query = `${metric}{namespace="${namespace}",container!~"|POD"}[${window.endMs - window.startMs + LEAD_MS}ms]`;
      const fields = { query, time: String((window.endMs - 1) / 1000) };
      const answer = await fetch(`${url}/api/v1/query`, {
        method: "POST",
        body: new URLSearchParams(fields),
      });
      return parseAnswer(await answer.text()).series.map(({ labels, timesMs, values }) => {
        const sketcher = new DaySketcher(kind, undefined, window);
        sketcher.add(timesMs, values, timesMs.length);
        const { pod = "", container = "", job = "" } = labels;
        return { resource, pod, container, job, days: sketcher.finish() };
      });
    }),
  );
  return answers.flat().filter(({ days }) => days.length > 0);
}

/** In an order of their own, sketches to the last bin. */
function comparable(series: readonly SeriesDays[]): unknown[] {
  return series
    .map(({ days, resource, pod, container, job }) => ({
      name: [resource, pod, container, job].join("/"),
      days: days.map(({ values, ...day }) => {
        const { count, min, max, mean } = values;
        return { ...day, count, min, max, mean, bins: [...values.bins()].join(" ") };
      }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
