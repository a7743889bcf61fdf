import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { openUsage, type UsageEndpoint } from "../../src/usage/open-usage.ts";
import type { NamespaceUsage } from "../../src/usage/usage-source.ts";
import { prometheusAvailable, type RunningPrometheus, startPrometheus } from "../support/prometheus.ts";
import { inOrder, rawDays } from "../support/raw-days.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../support/sample-cluster.ts";
import { reply, type Reply, scriptedServer } from "../support/scripted-server.ts";
import { generateUsage } from "../support/usage-generator.ts";
import {
  type RunningVictoriaMetrics,
  startVictoriaMetrics,
  victoriaMetricsAvailable,
} from "../support/victoria-metrics.ts";

const window = SAMPLE_WINDOW;
const lines = [...generateUsage(SAMPLE_CLUSTER, { seed: 3, window, scrapeSeconds: 150 }).lines()];
/** A cAdvisor that tells each CPU's share besides. */
const served = lines.flatMap((line) =>
  line.includes('namespace="shop"') && line.includes('cpu="total"')
    ? [line, line.replace('cpu="total"', 'cpu="cpu00"')]
    : [line],
);
const nobody = { url: "http://127.0.0.1:1", retries: 0 };

async function open(...endpoints: UsageEndpoint[]) {
  const warnings: string[] = [];
  return { ...(await openUsage(endpoints, (warning) => warnings.push(warning))), warnings };
}

/** Counts and times; fractions come back from VictoriaMetrics a little rounded. */
function shapes({ series }: Pick<NamespaceUsage, "series">): object[] {
  return inOrder(series).map(({ days, ...of }) => ({
    ...of,
    days: days.map(({ values, ...day }) => ({
      ...day,
      count: values.count,
      p95: values.quantile(0.95).toPrecision(8),
    })),
  }));
}

describe.skipIf(!prometheusAvailable || !victoriaMetricsAvailable)(
  "a server whose ways are found out",
  () => {
    let prometheus: RunningPrometheus;
    let victoria: RunningVictoriaMetrics;
    beforeAll(async () => {
      prometheus = await startPrometheus({ openMetrics: served });
      victoria = await startVictoriaMetrics({ openMetrics: served });
    });
    afterAll(async () => {
      await prometheus[Symbol.asyncDispose]();
      await victoria[Symbol.asyncDispose]();
    });

    it.each([
      ["Prometheus", "auto", "remote read"],
      ["Prometheus", "promql", "PromQL"],
      ["VictoriaMetrics", "auto", "VictoriaMetrics export"],
      ["VictoriaMetrics", "promql", "PromQL"],
    ] as const)("%s, %s: gives every sample by %s", async (server, protocol, way) => {
      const { url } = server === "Prometheus" ? prometheus : victoria;
      const { usage, warnings } = await open({ url, protocol });
      expect(usage.protocol).toBe(way);
      const read = await usage.read("shop", window);
      expect(shapes(read)).toEqual(shapes({ series: rawDays(lines, "shop") }));
      expect(read.images).toContainEqual(expect.objectContaining({ container: "app" }));
      expect(warnings).toEqual([]);
    });

    it.each([
      ["Prometheus", "victoria-export"],
      ["VictoriaMetrics", "remote-read"],
    ] as const)("%s has no %s: that is said where it was demanded", async (server, protocol) => {
      const { url } = server === "Prometheus" ? prometheus : victoria;
      const error: unknown = await open({ url, protocol }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(InputError);
      expect(error).toHaveProperty("message", expect.stringContaining(`${url} has no ${protocol}`));
      // The other one of a pair is no way out.
      await expect(open({ url, protocol }, { url })).rejects.toThrow(`has no ${protocol}`);
    });

    it("asks for events and images of all namespaces at once where it knows which will be read", async () => {
      const { usage } = await open({ url: prometheus.url });
      usage.announce?.(["shop", "data", "infra"]);
      const before = usage.cost.requests;
      for (const namespace of ["shop", "data", "infra"]) await usage.read(namespace, window);
      // Remote reads of three namespaces, four counters, reasons, images.
      expect(usage.cost.requests - before).toBe(3 + 4 + 1 + 1);
    });

    it("goes on with one of a pair, with a warning", async () => {
      const { usage, series, warnings } = await open(nobody, { url: prometheus.url });
      expect(shapes(await usage.read("data", window))).toEqual(shapes({ series: rawDays(lines, "data") }));
      expect(await series.last({ metric: "kube_pod_owner", matchers: [], window, by: [] })).toHaveLength(1);
      expect(warnings).toEqual([expect.stringMatching(/a replica is left out: .*127.0.0.1:1: ECONNREFUSED/)]);
    });

    it("reads a pair of different servers", async () => {
      const { usage } = await open({ url: prometheus.url }, { url: victoria.url });
      expect(usage.protocol).toBe("remote read, VictoriaMetrics export");
      const read = await usage.read("infra", window);
      expect(read.series).toHaveLength(new Set(rawDays(lines, "infra").map(({ pod }) => pod)).size * 2);
    });
  },
);

describe("a server behind a proxy", () => {
  it("that forbids everything but queries is read by PromQL", async () => {
    const empty: Reply = reply(200, { status: "success", data: { resultType: "matrix", result: [] } });
    const queriesOnly: Reply = (response, request) =>
      (request.path === "/api/v1/query" ? empty : reply(403, "forbidden"))(response, request);
    await using server = await scriptedServer(...Array.from({ length: 20 }, () => queriesOnly));
    const { usage, warnings } = await open({ url: server.url, retries: 0 });
    expect(usage.protocol).toBe("PromQL");
    expect((await usage.read("shop", window)).series).toEqual([]);
    // The events, by ranges of queries, are forbidden as well.
    expect(warnings).toEqual([expect.stringMatching(/^OOM kills, .* are not known: .*403/)]);
  });

  it("says once what is missing of owners, of usage and of events", async () => {
    const partial = reply(200, {
      status: "success",
      data: { resultType: "matrix", result: [] },
      warnings: ["a store is down"],
    });
    const queriesOnly: Reply = (response, request) =>
      (request.path.startsWith("/api/v1/query") ? partial : reply(404, "none"))(response, request);
    await using server = await scriptedServer(...Array.from({ length: 20 }, () => queriesOnly));
    const { usage, warnings } = await open({ url: server.url, retries: 0 });
    expect((await usage.read("shop", window)).incomplete).toBe(true);
    expect(warnings).toEqual(["a store is down"]);
  });

  it("that nobody answers is a fault", async () => {
    await expect(open(nobody, nobody)).rejects.toThrow(/cannot reach Prometheus/);
  });
});
