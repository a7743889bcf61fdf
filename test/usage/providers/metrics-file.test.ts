import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readOwners } from "../../../src/metrics/read-owners.ts";
import { openMetricsFile, type MetricsFile } from "../../../src/usage/providers/metrics-file.ts";
import type { NamespaceUsage } from "../../../src/usage/usage-source.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import { generateUsage } from "../../support/usage-generator.ts";
import { SAMPLE_CLUSTER } from "../../support/sample-cluster.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "loadline-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(name: string, text: string): Promise<MetricsFile> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return await openMetricsFile(file);
}

const START = 20_000 * DAY_MS;
const WINDOW = { startMs: START, endMs: START + 2 * DAY_MS };

const summary = ({ series }: NamespaceUsage) =>
  series.map(({ resource, pod, days }) => [
    `${resource} ${pod}`,
    ...days.map(({ day, values, coveredSeconds }) => [
      day * DAY_MS - START,
      values.count,
      values.min,
      values.max,
      coveredSeconds,
    ]),
  ]);

describe("a file of usage", () => {
  it("in OpenMetrics is counters and gauges of one namespace, without the pod's own group", async () => {
    const at = START / 1000;
    const labels = (pod: string, container: string, namespace = "shop") =>
      `{namespace="${namespace}",pod="${pod}",container="${container}"}`;
    const { usage } = await open(
      "small.om",
      [
        ...[0, 60, 180, 30].map(
          (cpu, minute) =>
            `container_cpu_usage_seconds_total${labels("api-1", "app")} ${cpu} ${at - 60 + minute * 60}`,
        ),
        ...[1, 2, 4].map(
          (kills, hour) => `container_oom_events_total${labels("api-1", "app")} ${kills} ${at + hour * 3600}`,
        ),
        `container_cpu_usage_seconds_total${labels("api-1", "app").replace("}", ',cpu="cpu00"}')} 30 ${at}`,
        `container_cpu_usage_seconds_total${labels("api-1", "app").replace("}", ',cpu="cpu00"}')} 90 ${at + 60}`,
        `container_memory_working_set_bytes${labels("api-1", "app")} 5 ${at}`,
        `container_memory_working_set_bytes${labels("api-1", "app")} 9 ${at + 90_000}`,
        `container_memory_working_set_bytes${labels("api-1", "")} 900 ${at}`,
        `container_memory_working_set_bytes${labels("api-1", "POD")} 900 ${at}`,
        `container_memory_working_set_bytes${labels("db-0", "db", "data")} 7 ${at}`,
        `cpu_cores${labels("api-1", "app")} 1 ${at}`,
        `constructor${labels("api-1", "app")} 1 ${at}`,
        "# EOF",
      ].join("\n"),
    );
    expect(summary(await usage.read("shop", WINDOW))).toEqual([
      // The sample before the window gives the first rate; a fall is a restart.
      ["cpu api-1", [0, 3, 0.5, 2, 180]],
      ["memory api-1", [0, 1, 5, 5, 0], [DAY_MS, 1, 9, 9, 0]],
    ]);
    const { events } = await usage.read("shop", WINDOW);
    expect(events).toMatchObject([{ pod: "api-1", container: "app", day: START / DAY_MS, oomKills: 3 }]);
    expect(summary(await usage.read("shop", { ...WINDOW, endMs: START + DAY_MS }))).toHaveLength(2);
    expect(summary(await usage.read("nothing", WINDOW))).toEqual([]);
  });

  it("in OpenMetrics gives the truth of a generated cluster, with its owners and images", async () => {
    const window = { startMs: START, endMs: START + DAY_MS };
    const cluster = SAMPLE_CLUSTER.filter(
      ({ namespace, kind }) => namespace === "shop" && kind === "Deployment",
    );
    const generated = generateUsage(cluster, { seed: 3, window });
    const { usage, series } = await open("cluster.om", [...generated.lines()].join("\n"));
    const found = await usage.read("shop", window);
    const peak = (resource: string) =>
      Math.max(
        ...found.series
          .filter((one) => one.resource === resource)
          .flatMap(({ days }) => days.map(({ values }) => values.max)),
      );
    const truth = [...generated.truth.values()].flatMap((containers) => [...containers.values()]);
    expect(peak("cpu")).toBeCloseTo(Math.max(...truth.flatMap(({ cores }) => cores)), 6);
    expect(peak("memory")).toBeCloseTo(Math.max(...truth.flatMap(({ bytes }) => bytes)), 6);
    expect(found.images.length).toBeGreaterThan(0);
    expect(series && (await readOwners(series, ["shop"], window)).pods.length).toBeGreaterThan(0);
  });

  it("in CSV is gauges, with the owners that it tells", async () => {
    const { usage, series } = await open(
      "small.csv",
      `time,namespace,pod,container,cpu_cores,memory_bytes,owner
${START / 1000},shop,api-1,app,0.5,100,Deployment/api
${START / 1000 + 60},shop,api-1,app,0.75,300,Deployment/api
${START / 1000},data,db-0,db,1,2,
`,
    );
    const found = await usage.read("shop", WINDOW);
    expect(summary(found)).toEqual([
      ["cpu api-1", [0, 2, 0.5, 0.75, 60]],
      ["memory api-1", [0, 2, 100, 300, 60]],
    ]);
    expect(found.owners).toEqual([{ pod: "api-1", kind: "Deployment", name: "api" }]);
    expect(series).toBeUndefined();
    expect([usage.protocol, usage.cost.requests]).toEqual(["CSV file", 1]);
  });
});
