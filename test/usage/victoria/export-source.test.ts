import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEndpoint } from "../../../src/metrics/metrics-endpoint.ts";
import { promqlSource } from "../../../src/usage/promql/promql-source.ts";
import type { SeriesDays, UsageSource } from "../../../src/usage/usage-source.ts";
import { exportSource, hasExport } from "../../../src/usage/victoria/export-source.ts";
import { reply, scriptedServer } from "../../support/scripted-server.ts";
import { inOrder, rawDays } from "../../support/raw-days.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../../support/sample-cluster.ts";
import { generateUsage } from "../../support/usage-generator.ts";
import {
  type RunningVictoriaMetrics,
  startVictoriaMetrics,
  victoriaMetricsAvailable,
} from "../../support/victoria-metrics.ts";

const window = SAMPLE_WINDOW;
const lines = [
  ...generateUsage(SAMPLE_CLUSTER, { seed: 5, window, scrapeSeconds: 100, duplicateJob: true }).lines(),
];

describe.skipIf(!victoriaMetricsAvailable)("usage from a real VictoriaMetrics", () => {
  let victoria: RunningVictoriaMetrics;
  let strict: RunningVictoriaMetrics;
  const endpoint = () => openEndpoint({ url: victoria.url });

  beforeAll(async () => {
    victoria = await startVictoriaMetrics({ openMetrics: lines });
    strict = await startVictoriaMetrics({
      openMetrics: lines,
      flags: ["-search.maxSamplesPerQuery=10000"],
    });
  });
  afterAll(async () => {
    await victoria[Symbol.asyncDispose]();
    await strict[Symbol.asyncDispose]();
  });

  it("can be exported, and is asked for only once", async () => {
    expect(await hasExport(endpoint())).toBe(true);
    const reader = exportSource(endpoint());
    await reader.read("shop", window);
    expect(reader.cost.requests).toBe(1);
  });

  it.each([
    ["export", (): UsageSource => exportSource(endpoint())],
    ["PromQL", (): UsageSource => promqlSource(endpoint())],
  ])("is every sample by %s: restarts, gaps, NaN, two jobs", async (_, source) => {
    for (const namespace of ["shop", "data", "infra"])
      expect(shapes((await source().read(namespace, window)).series)).toEqual(
        shapes(rawDays(lines, namespace)),
      );
  });

  it("is exported in parts where a whole is too much", async () => {
    // A day of both, of two.
    const whole = exportSource(endpoint());
    const { series } = await whole.read("shop", window);
    const parts = exportSource(openEndpoint({ url: victoria.url, answerLimitBytes: whole.cost.bytes * 0.7 }));
    expect(inOrder((await parts.read("shop", window)).series)).toEqual(inOrder(series));
    expect(parts.cost.requests).toBe(3);
  });

  it.each([
    ["export", exportSource],
    ["PromQL", promqlSource],
  ] as const)("is the same by %s from one that allows few samples a query", async (_, sourceOf) => {
    const few = sourceOf(openEndpoint({ url: strict.url }));
    expect(shapes((await few.read("shop", window)).series)).toEqual(shapes(rawDays(lines, "shop")));
    expect(few.cost.requests).toBeGreaterThan(10);
  });

  it("keeps to the labels given", async () => {
    const { series } = await exportSource(endpoint(), [{ label: "job", is: "agent" }]).read("data", window);
    expect(new Set(series.map(({ job }) => job))).toEqual(new Set(["agent"]));
  });
});

/** VictoriaMetrics keeps decimal fractions, which are not the very doubles that it was sent: 8 digits count. */
function shapes(series: readonly SeriesDays[]): object[] {
  const shown = (value: number): string => value.toPrecision(8);
  return inOrder(series).map(({ days, ...of }) => ({
    ...of,
    days: days.map(({ values, ...day }) => ({
      ...day,
      count: values.count,
      figures: [values.min, values.mean, values.max].map(shown),
    })),
  }));
}

it("usage of pods that a partial list names is incomplete", async () => {
  const tooMuch = reply(422, "too many samples");
  const pods = reply(200, { status: "success", isPartial: true, data: ["api-0", "api-1"] });
  const nothing = reply(200, "", { "content-type": "application/stream+json" });
  await using server = await scriptedServer(tooMuch, pods, nothing, nothing);
  const source = exportSource(openEndpoint({ url: server.url, retries: 0 }));
  const day = { startMs: 0, endMs: 86_400_000 };
  expect(await source.read("shop", day)).toMatchObject({ series: [], incomplete: true });
});
