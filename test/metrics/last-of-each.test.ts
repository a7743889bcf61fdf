import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastOfEach } from "../../src/metrics/last-of-each.ts";
import { prometheusSource } from "../../src/metrics/prometheus.ts";
import { recordedSource } from "../../src/metrics/recording.ts";
import type { LastQuery, LastSample, SeriesSource } from "../../src/metrics/series-source.ts";
import { type RunningPrometheus, prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { SAMPLE_CLUSTER, SAMPLE_WINDOW } from "../support/sample-cluster.ts";
import { generateUsage } from "../support/usage-generator.ts";

const QUERIES: readonly LastQuery[] = [
  { metric: "kube_deployment_spec_replicas", matchers: [], by: ["namespace", "deployment"] },
  {
    metric: "kube_pod_container_resource_requests",
    matchers: [{ label: "resource", in: ["cpu"] }],
    by: ["namespace", "pod"],
  },
  { metric: "kube_pod_owner", matchers: [{ label: "namespace", in: [] }], by: ["pod"] },
  { metric: "no_such_metric", matchers: [], by: ["pod"] },
  // The same labels and values again, which must not fall together with the first.
  { metric: "kube_deployment_spec_replicas", matchers: [], by: ["namespace", "deployment"] },
  { metric: "kube_pod_owner", matchers: [], by: [] },
];

describe.skipIf(!prometheusAvailable)("several questions in one request to a real Prometheus", () => {
  const lines = [...generateUsage(SAMPLE_CLUSTER, { seed: 5, window: SAMPLE_WINDOW }).lines()];
  let prometheus: RunningPrometheus;
  let source: SeriesSource;

  beforeAll(async () => {
    prometheus = await startPrometheus({ openMetrics: lines, flags: ["--query.max-samples=3000"] });
    source = prometheusSource({ url: prometheus.url });
  });
  afterAll(() => prometheus[Symbol.asyncDispose]());

  const oneByOne = async (queries: readonly LastQuery[]): Promise<LastSample[][]> =>
    await Promise.all(queries.map((query) => source.last({ ...query, window: SAMPLE_WINDOW })));

  it("get the answers that each of them gets alone", async () => {
    const before = source.cost.requests;
    const together = await lastOfEach(source, QUERIES, SAMPLE_WINDOW);
    expect(source.cost.requests - before).toBe(1);
    expect(together.map(sorted)).toEqual((await oneByOne(QUERIES)).map(sorted));
    expect(together.map(({ length }) => length > 0)).toEqual([true, true, false, false, true, true]);
  });

  it("are asked in fewer at once where all are more than the server allows", async () => {
    const many = Array.from({ length: 4 }, () => ({
      metric: "container_memory_working_set_bytes",
      matchers: [],
      by: ["namespace", "pod", "container"],
    }));
    const before = source.cost.requests;
    const together = await lastOfEach(source, [...many, ...QUERIES], SAMPLE_WINDOW);
    expect(source.cost.requests - before).toBeGreaterThan(1);
    expect(together.map(sorted)).toEqual((await oneByOne([...many, ...QUERIES])).map(sorted));
  });
});

it("are asked one by one of a recording", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loadline-last-"));
  const file = join(folder, "state.txt");
  await writeFile(file, 'kube_a{pod="p"} 1 60\nkube_b{pod="p"} 2 60\n# EOF\n');
  const source = await recordedSource(file);
  await rm(folder, { recursive: true });
  const queries = ["kube_b", "kube_a"].map((metric) => ({ metric, matchers: [], by: ["pod"] }));
  expect(await lastOfEach(source, queries, { startMs: 0, endMs: 120_000 })).toEqual([
    [{ labels: { pod: "p" }, value: 2 }],
    [{ labels: { pod: "p" }, value: 1 }],
  ]);
});

function sorted(samples: readonly LastSample[]): LastSample[] {
  const key = ({ labels }: LastSample): string =>
    Object.entries(labels)
      .map((pair) => pair.join("="))
      .toSorted()
      .join();
  return samples.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
