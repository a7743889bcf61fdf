import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import type { Window } from "../../src/domain/duration.ts";
import { adviseCluster } from "../../src/sweep/advise-cluster.ts";
import { openCluster } from "../../src/sweep/open/open-cluster.ts";
import { openStore } from "../../src/sweep/open/open-store.ts";
import { polledKey } from "../../src/sweep/open/pod-metrics-api.ts";
import { policiesOf } from "../../src/sweep/policy.ts";
import { noStore } from "../../src/usage/store/no-store.ts";
import { PolledDays } from "../../src/usage/providers/metrics-server/polled-days.ts";
import { DAY_MS, dayOf } from "../../src/usage/usage.ts";
import { makeCertificates } from "../support/certificates.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { objectOf, RESOURCE_OF, workload } from "../support/kubernetes-objects.ts";

/** Days of late: what is old is forgotten. */
const TODAY = dayOf(Date.now());
const WINDOW = { startMs: (TODAY - 4) * DAY_MS, endMs: TODAY * DAY_MS };
const POD = "api-7d4b9c6f5d-x2x4v";
const STEP_MS = 60_000;

/** A pod with a busy hour a day, from the window's beginning to its end. */
const SAMPLES = samplesOf(WINDOW);

function samplesOf({ startMs, endMs }: Window) {
  return Array.from({ length: (endMs - startMs) / STEP_MS }, (_, minute) => ({
    timeMs: startMs + minute * STEP_MS,
    cores: minute % 1440 < 60 ? 0.25 : 0.1,
    bytes: 200e6 + (minute % 97) * 1e5,
  }));
}

let server: KubernetesApiServer;
let folder: string;

beforeAll(async () => {
  server = await KubernetesApiServer.start(await makeCertificates());
  server.add(
    RESOURCE_OF.Deployment,
    objectOf(workload({ kind: "Deployment", namespace: "shop", name: "api" }, { replicas: 1 })),
  );
  folder = await mkdtemp(path.join(tmpdir(), "loadline-providers-"));
  const kubeconfig = await server.kubeconfig();
  const write = (name: string, lines: readonly string[]) =>
    writeFile(path.join(folder, name), lines.join("\n"));
  await write("usage.csv", [
    "time,namespace,pod,container,cpu_cores,memory_bytes",
    ...SAMPLES.map(({ timeMs, cores, bytes }) => `${timeMs / 1000},shop,${POD},app,${cores},${bytes}`),
  ]);
  await write("usage.om", [...openMetrics()]);
  await write("mine.mjs", [
    `const samples = ${JSON.stringify(SAMPLES)};`,
    "export default ({ pod }) => ({",
    "  async *series({ namespace }) {",
    '    if (namespace !== "shop") return;',
    '    const of = { pod, container: "app", kind: "gauge", timesMs: samples.map((one) => one.timeMs) };',
    '    yield { ...of, resource: "cpu", values: samples.map((one) => one.cores) };',
    '    yield { ...of, resource: "memory", values: samples.map((one) => one.bytes) };',
    "  },",
    "});",
  ]);
  const polled = new PolledDays(polledKey({ kubeconfig }), STEP_MS);
  for (const { timeMs, cores, bytes } of SAMPLES)
    polled.add({
      namespace: "shop",
      pod: POD,
      timeMs,
      windowMs: 15_000,
      containers: [{ name: "app", cores, bytes }],
    });
  await using store = await openStore("kept", folder, (warning) => expect.fail(warning));
  await polled.keepIn(store);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function* openMetrics(): Generator<string> {
  const labels = `{namespace="shop",pod="${POD}",container="app"}`;
  let [counter, beforeMs] = [0, WINDOW.startMs - STEP_MS];
  yield `container_cpu_usage_seconds_total${labels} 0 ${beforeMs / 1000}`;
  for (const { timeMs, cores, bytes } of SAMPLES) {
    counter += (cores * (timeMs - beforeMs)) / 1000;
    beforeMs = timeMs;
    yield `container_cpu_usage_seconds_total${labels} ${counter} ${timeMs / 1000}`;
    yield `container_memory_working_set_bytes${labels} ${bytes} ${timeMs / 1000}`;
  }
  yield "# EOF";
}

/** What is advised where the cluster of the configuration says this of its usage. */
async function adviceFrom(source: object, window = WINDOW) {
  const cluster = { name: "prod", inventory: "kubernetes", kubeconfig: await server.kubeconfig(), ...source };
  const config = parseConfig(
    JSON.stringify({ version: 1, store: "kept", clusters: [cluster] }),
    "loadline.yaml",
  );
  const [first] = config.clusters;
  if (first === undefined) throw new Error("no cluster");
  const warnings: string[] = [];
  await using store = await openStore(config.store, folder, (warning) => expect.fail(warning));
  const warn = (warning: string) => void warnings.push(warning);
  await using sources = await openCluster(first, { folder, window, store, warn });
  const { containers } = await adviseCluster(sources, window, policiesOf(config), () => {});
  return { advice: containers.map(({ advice }) => advice), warnings };
}

it("the same usage gives the same advice, whoever tells it", async () => {
  const fromFile = await adviceFrom({ metricsFile: "usage.csv" });
  expect(fromFile.advice[0]?.recommended).toBeTruthy();
  for (const source of [
    { metricsFile: "usage.om" },
    { provider: "./mine.mjs", options: { pod: POD } },
    { provider: "metrics-server" },
  ])
    expect(await adviceFrom(source)).toEqual(fromFile);
});

it("a provider of one's own is let go of with its cluster", async () => {
  const closed: string[] = [];
  await writeFile(
    path.join(folder, "closing.mjs"),
    "export default ({ onClose }) => ({ series: () => [], close: () => onClose('closed') });",
  );
  const cluster = {
    name: "prod",
    inventory: "kubernetes" as const,
    kubeconfig: await server.kubeconfig(),
    provider: "./closing.mjs",
  };
  const [parsed] = parseConfig(JSON.stringify({ version: 1, clusters: [cluster] }), "loadline.yaml").clusters;
  if (parsed === undefined) throw new Error("no cluster");
  const options = { onClose: (word: string) => closed.push(word) };
  const sources = await openCluster(
    { ...parsed, options },
    { folder, window: WINDOW, store: noStore(), warn: () => undefined },
  );
  expect(closed).toEqual([]);
  await sources[Symbol.asyncDispose]();
  expect(closed).toEqual(["closed"]);
});

it("a file of last month is read as of its end where that is asked for, and as of now elsewhere", async () => {
  const monthLater = { startMs: WINDOW.startMs + 30 * DAY_MS, endMs: WINDOW.endMs + 30 * DAY_MS };
  const text = JSON.stringify({ version: 1, clusters: [{ name: "prod", metricsFile: "usage.om" }] });
  const [cluster] = parseConfig(text, "loadline.yaml").clusters;
  if (cluster === undefined) throw new Error("no cluster");
  const opened = async (window: Window, asOfFile: boolean) => {
    const warnings: string[] = [];
    const warn = (warning: string) => void warnings.push(warning);
    await using sources = await openCluster(cluster, { folder, window, store: noStore(), warn, asOfFile });
    return { window: sources.window, warnings };
  };
  const newest = new Date(WINDOW.endMs - STEP_MS).toISOString();
  expect(await opened(monthLater, true)).toEqual({
    window: WINDOW,
    warnings: [`usage.om ends at ${newest}: it is read as of then`],
  });
  expect(await opened(monthLater, false)).toEqual({ window: monthLater, warnings: [] });
  expect(await opened(WINDOW, true)).toEqual({ window: WINDOW, warnings: [] });
});

it("why there are no workloads is told", async () => {
  await expect(adviceFrom({ metricsFile: "usage.om", inventory: "metrics" })).rejects.toThrow(
    /^cluster prod: no workloads were found; no series of kube-state-metrics .* the labels that are asked for\?/,
  );
});

it("where usage tells of neither, the cluster's pods and templates tell of kills and of a new release", async () => {
  const long = { ...WINDOW, startMs: WINDOW.endMs - 8 * DAY_MS };
  const [old, now] = ["api-5f6d7c8b9d", "api-7d4b9c6f5d"];
  const owner = (kind: string, name: string) => [{ apiVersion: "apps/v1", kind, name, controller: true }];
  const set = (name: string, day: number, image: string) => ({
    metadata: {
      name,
      namespace: "shop",
      creationTimestamp: new Date(day * DAY_MS).toISOString(),
      ownerReferences: owner("Deployment", "api"),
    },
    spec: { template: { spec: { containers: [{ name: "app", image }] } } },
  });
  const finishedAt = new Date(TODAY * DAY_MS - 3_600_000).toISOString();
  const killed = { name: "app", state: {}, lastState: { terminated: { reason: "OOMKilled", finishedAt } } };
  const pod = {
    metadata: { name: POD, namespace: "shop", ownerReferences: owner("ReplicaSet", now) },
    spec: { containers: [{ name: "app", image: "registry.example/app:2.0" }] },
    status: { phase: "Running", containerStatuses: [killed] },
  };
  server.objects.set("apps/v1/replicasets", [
    set(old, TODAY - 40, "registry.example/app:1.0"),
    set(now, TODAY - 2, "registry.example/app:2.0"),
  ]);
  server.objects.set("/v1/pods", [pod]);
  await writeFile(
    path.join(folder, "rolled.csv"),
    [
      "time,namespace,pod,container,cpu_cores,memory_bytes",
      ...samplesOf(long).map(({ timeMs, cores, bytes }) => {
        const name = dayOf(timeMs) < TODAY - 2 ? `${old}-x2x4v` : POD;
        return `${timeMs / 1000},shop,${name},app,${cores},${bytes}`;
      }),
    ].join("\n"),
  );
  const { advice, warnings } = await adviceFrom({ metricsFile: "rolled.csv" }, long);
  expect(warnings).toEqual([]);
  const reasons = advice.flatMap(({ urgent, guarded, held }) => [...urgent, ...guarded, ...held]);
  expect(reasons.map(({ resource, code }) => `${resource} ${code}`)).toEqual(
    expect.arrayContaining(["memory oom-kill", "cpu new-image"]),
  );
  server.objects.set("apps/v1/replicasets", []);
  server.objects.set("/v1/pods", []);
});
