import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEndpoint } from "../../../src/metrics/metrics-endpoint.ts";
import { QueryLimitError } from "../../../src/metrics/query-limit-error.ts";
import { promqlSource, type PromqlSourceOptions } from "../../../src/usage/promql/promql-source.ts";
import { sameContainer } from "../../../src/usage/same-container.ts";
import { dayOf } from "../../../src/usage/usage.ts";
import { prometheusAvailable, type RunningPrometheus, startPrometheus } from "../../support/prometheus.ts";
import { inOrder, rawDays } from "../../support/raw-days.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../../support/sample-cluster.ts";
import { reply, type ScriptedServer, scriptedServer } from "../../support/scripted-server.ts";
import { generateUsage } from "../../support/usage-generator.ts";

const window = SAMPLE_WINDOW;
const lines = [...generateUsage(SAMPLE_CLUSTER, { seed: 5, window, duplicateJob: true }).lines()];

/** One series of one sample, at the beginning of the window. */
const ONE = JSON.stringify({
  status: "success",
  data: {
    resultType: "matrix",
    result: [
      {
        metric: { __name__: "container_memory_working_set_bytes", pod: "a", container: "app" },
        values: [[window.startMs / 1000, "5"]],
      },
    ],
  },
});
const json = { "content-type": "application/json" };

describe("an answer with raw samples", () => {
  const sourceOf = ({ url }: ScriptedServer, timeoutMs = 60_000) =>
    promqlSource(openEndpoint({ url, timeoutMs, retryDelayMs: 1 }), { timeoutMs });

  it("that breaks off counts once it is there as a whole", async () => {
    await using server = await scriptedServer(
      (response) => {
        response.writeHead(200, { ...json, "content-length": ONE.length }).write(ONE.slice(0, -2));
        setTimeout(() => response.destroy(), 20);
      },
      reply(200, ONE.slice(0, -2), json),
      reply(200, ONE, json),
    );
    const { series } = await sourceOf(server).read("shop", { ...window, endMs: window.startMs + 1000 });
    expect(series.map(({ days }) => days.map(({ values }) => values.count))).toEqual([[1]]);
    expect(server.asked).toHaveLength(3);
  });

  it("that never ends is given up", async () => {
    await using server = await scriptedServer((response) => {
      response.writeHead(200, json).write(ONE.slice(0, -4));
      const timer = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(timer));
    });
    const oneDay = { ...window, endMs: window.startMs + 1000 };
    await expect(sourceOf(server, 50).read("shop", oneDay)).rejects.toThrow(
      /gave no answer within 0.05 s, not even to vector/,
    );
  });

  it("is asked for by one metric at a time where both together are not understood", async () => {
    const refused = reply(400, { status: "error", errorType: "bad_data", error: "matcher on __name__" });
    const one = reply(200, ONE, json);
    await using server = await scriptedServer(refused, one, one, one, one);
    const longer = { ...window, endMs: window.endMs + 86_400_000 };
    const { series } = await sourceOf(server).read("shop", longer);
    expect(series).toHaveLength(2);
    // Nor are fields that it may not know.
    expect(server.asked.map(({ fields }) => fields["max_source_resolution"])).toEqual(["0s", ...Array(4)]);
    expect(server.asked.map(({ fields }) => fields["query"]?.split("{")[0])).toEqual([
      "",
      "container_cpu_usage_seconds_total",
      "container_memory_working_set_bytes",
      "container_cpu_usage_seconds_total",
      "container_memory_working_set_bytes",
    ]);
  });
});

/** Word for word as Thanos Query 0.42 says it, of a Store Gateway with `--store.limits.request-samples`. */
const LEFT_OUT =
  "receive series from Addr: 127.0.0.1:19691 MinTime: 1794614401000 MaxTime: 1795305598001: rpc error: code = ResourceExhausted desc = receive series from 01M81VWTFSCA3B610J41P63QXW: rpc error: code = ResourceExhausted desc = exceeded chunks limit: limit 333 violated (got 341)";

it("what a store behind Thanos leaves out because of its limit is asked for in pieces", async () => {
  const none = { status: "success", data: { resultType: "matrix", result: [] } };
  const one = reply(200, ONE, json);
  await using server = await scriptedServer(reply(200, { ...none, warnings: [LEFT_OUT] }, json), one, one);
  const warnings: string[] = [];
  const onWarning = (warning: string) => void warnings.push(warning);
  const read = await promqlSource(openEndpoint({ url: server.url }), { onWarning }).read("shop", window);
  expect(server.asked).toHaveLength(3);
  expect({ series: read.series.length, incomplete: read.incomplete, warnings }).toEqual({
    series: 1,
    incomplete: false,
    warnings: [],
  });
});

describe.skipIf(!prometheusAvailable)("usage by PromQL from a real Prometheus", () => {
  let prometheus: RunningPrometheus;
  let strict: RunningPrometheus;
  const sourceOf = ({ url }: RunningPrometheus, options: PromqlSourceOptions = {}) =>
    promqlSource(openEndpoint({ url }), options);

  beforeAll(async () => {
    prometheus = await startPrometheus({ openMetrics: lines });
    // A day of a pod with three containers and two jobs has 17,280 samples.
    strict = await startPrometheus({ openMetrics: lines, flags: ["--query.max-samples=20000"] });
  });
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
    await strict[Symbol.asyncDispose]();
  });

  it.each(["shop", "data", "infra"])("is every sample of %s: restarts, gaps, NaN, two jobs", async (of) => {
    expect(inOrder((await sourceOf(prometheus).read(of, window)).series)).toEqual(
      inOrder(rawDays(lines, of)),
    );
  });

  it("asks once for the first day and once for all others, or once for two", async () => {
    const source = sourceOf(prometheus);
    await source.read("infra", { ...window, startMs: window.startMs - 12 * 86_400_000 });
    expect(source.cost.requests).toBe(2);
    await source.read("infra", window);
    expect(source.cost.requests).toBe(3);
  });

  it("is the same in one answer a day", async () => {
    const source = sourceOf(prometheus, { samplesAtOnce: 1 });
    const longer = { ...window, startMs: window.startMs - 86_400_000 };
    expect(inOrder((await source.read("shop", longer)).series)).toEqual(inOrder(rawDays(lines, "shop")));
    expect(source.cost.requests).toBe(3);
  });

  it("is the same from a server that allows few samples a query", async () => {
    const source = sourceOf(strict);
    expect(inOrder((await source.read("shop", window)).series)).toEqual(inOrder(rawDays(lines, "shop")));
    expect(source.cost.requests).toBeGreaterThan(10);
  });

  it("is a QueryLimitError where a pod's day is too much", async () => {
    await using tiny = await startPrometheus({ openMetrics: lines, flags: ["--query.max-samples=1000"] });
    await expect(sourceOf(tiny).read("data", window)).rejects.toThrow(QueryLimitError);
  });

  it("ends where the window ends, and knows what came before it", async () => {
    const startMs = window.startMs + 86_400_000;
    const endMs = startMs + 3_600_000;
    const { series: read } = await sourceOf(prometheus).read("infra", { startMs, endMs });
    const { days: [day, ...more] = [] } = read.find(({ resource }) => resource === "cpu") ?? {};
    expect(more).toEqual([]);
    expect(day).toMatchObject({ day: dayOf(startMs), coveredSeconds: 3600 });
    expect(day?.values.count).toBe(60);
    expect(day?.lastMs).toBeLessThan(endMs);
  });

  it("keeps to the labels given", async () => {
    const only = [{ label: "job", is: "agent" }];
    const { series: read } = await sourceOf(prometheus, { matchers: only }).read("data", window);
    expect(new Set(read.map(({ job }) => job))).toEqual(new Set(["agent"]));
  });

  it("takes kubelet's word where two jobs scrape a container", async () => {
    const { series: read } = await sourceOf(prometheus).read("infra", window);
    const kubelet = read.filter(({ job }) => job === "kubelet");
    expect(sameContainer(read)).toEqual(sameContainer(kubelet));
  });
});
