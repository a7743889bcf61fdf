import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Window } from "../../src/domain/duration.ts";
import { valueAt } from "../../src/manifests/key-path.ts";
import { openUsage } from "../../src/usage/open-usage.ts";
import { prometheusAvailable, type RunningPrometheus, startPrometheus } from "../support/prometheus.ts";
import { type Reply, reply, type ScriptedServer, scriptedServer } from "../support/scripted-server.ts";
import {
  type RunningVictoriaMetrics,
  startVictoriaMetrics,
  victoriaMetricsAvailable,
} from "../support/victoria-metrics.ts";

const MIB = 2 ** 20;
const MEMORY = "container_memory_working_set_bytes";
const CPU = "container_cpu_usage_seconds_total";

/** Servers write a stale marker, a special NaN, where a series is missing from a scrape. */
describe.skipIf(!prometheusAvailable || !victoriaMetricsAvailable)(
  "a container whose series end with a stale marker and begin again",
  () => {
    let target: ScriptedServer;
    let prometheus: RunningPrometheus;
    let victoria: RunningVictoriaMetrics;
    let window: Window;

    beforeAll(async () => {
      const startMs = Date.now() - 60_000;
      const exposed: Exposed = { memory: 100 * MIB };
      target = await scriptedServer();
      target.next(...Array.from({ length: 1000 }, () => scrapeOf(exposed)));
      const scrape = new URL(target.url).host;
      [prometheus, victoria] = await Promise.all([
        startPrometheus({ scrape }),
        startVictoriaMetrics({ scrape, flags: ["-search.latencyOffset=0s"] }),
      ]);
      const both = async (query: string, is: (value: number) => boolean) => {
        for (const { url } of [prometheus, victoria]) while (!is(await instant(url, query))) await delay(200);
      };
      await both(`count_over_time(${MEMORY}[2m])`, (count) => count >= 3);
      exposed.memory = undefined;
      // Within seconds, where without a marker the last value would be there for five minutes.
      await both(`count(${MEMORY})`, Number.isNaN);
      exposed.memory = 300 * MIB;
      await both(`count_over_time(${MEMORY}[2m])`, (count) => count >= 6);
      window = { startMs, endMs: Date.now() };
    }, 60_000);
    afterAll(async () => {
      await prometheus[Symbol.asyncDispose]();
      await victoria[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    });

    it.each([
      ["Prometheus", "remote-read"],
      ["Prometheus", "promql"],
      ["VictoriaMetrics", "victoria-export"],
      ["VictoriaMetrics", "promql"],
    ] as const)("%s, %s: gives what was scraped, and of the marker nothing", async (server, protocol) => {
      const { url } = server === "Prometheus" ? prometheus : victoria;
      const scraped = await instant(url, `count_over_time(${MEMORY}[2m] @ ${window.endMs / 1000})`);
      const { usage } = await openUsage([{ url, protocol }], () => undefined);
      const { series } = await usage.read("shop", window);
      const of = (name: string) =>
        series.filter(({ resource }) => resource === name).flatMap(({ days }) => days);
      const values = of("memory").map((day) => day.values);
      expect(scraped).toBeGreaterThanOrEqual(6);
      expect(values.reduce((sum, { count }) => sum + count, 0)).toBe(scraped);
      expect(Math.max(...values.map(({ max }) => max))).toBe(300 * MIB);
      for (const day of of("cpu")) {
        expect(day.coveredSeconds).toBeGreaterThan(0);
        // Half a core all the time, over the end and the new start too.
        expect(day.values.min).toBeGreaterThan(0.2);
        expect(day.values.max).toBeLessThan(1.2);
      }
      expect(of("cpu").length).toBeGreaterThan(0);
    });
  },
);

/** What the target shows now; nothing of the container while its memory is undefined. */
interface Exposed {
  memory: number | undefined;
}

/** Half a core all the time. */
function scrapeOf(exposed: Exposed): Reply {
  const labels = `{namespace="shop",pod="api-1",container="app"}`;
  return (response, request) => {
    const lines = [
      `# TYPE ${MEMORY} gauge`,
      `${MEMORY}${labels} ${exposed.memory}`,
      `# TYPE ${CPU} counter`,
      `${CPU}${labels} ${performance.now() / 2000}`,
    ];
    const text = exposed.memory === undefined ? "" : `${lines.join("\n")}\n`;
    reply(200, text, { "content-type": "text/plain; version=0.0.4" })(response, request);
  };
}

/** The one value of a query; NaN where there is none. */
async function instant(url: string, query: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
  return Number(valueAt(await answer.json(), ["data", "result", 0, "value", 1]));
}
