import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../../src/domain/input-error.ts";
import { loadKubeconfig } from "../../../src/inventory/kubeconfig.ts";
import { API_LIMITS, KubernetesApi } from "../../../src/inventory/kubernetes-api.ts";
import { readPodMetrics } from "../../../src/usage/providers/metrics-server/pod-metrics.ts";
import { PolledDays } from "../../../src/usage/providers/metrics-server/polled-days.ts";
import { polledSource } from "../../../src/usage/providers/metrics-server/polled-source.ts";
import { MetricsServerPoller, POD_METRICS } from "../../../src/usage/providers/metrics-server/poller.ts";
import { openUsageStore } from "../../../src/usage/store/open-usage-store.ts";
import type { NamespaceUsage } from "../../../src/usage/usage-source.ts";
import type { UsageStore } from "../../../src/usage/usage-store.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { KubernetesApiServer } from "../../support/kubernetes-api.ts";

const PODS = "metrics.k8s.io/v1beta1/pods";
const KEY = "polled prod";
const DAY = 20_000;
const NOON = (DAY + 0.5) * DAY_MS;
const WINDOW = { startMs: DAY * DAY_MS, endMs: (DAY + 2) * DAY_MS };

/** As metrics-server 0.8 prints it. */
const podMetrics = (pod: string, timeMs: number, cpu: string, memory: string, namespace = "shop") => ({
  kind: "PodMetrics",
  apiVersion: "metrics.k8s.io/v1beta1",
  metadata: {
    name: pod,
    namespace,
    creationTimestamp: new Date(timeMs).toISOString(),
    labels: { app: "api" },
  },
  timestamp: new Date(timeMs).toISOString().replace(".000Z", "Z"),
  window: "15.022s",
  containers: [{ name: "app", usage: { cpu, memory } }],
});

let certificates: Certificates;
let server: KubernetesApiServer;
let api: KubernetesApi;
let folder: string;
let store: UsageStore;
let nowMs: number;

beforeAll(async () => {
  certificates = await makeCertificates();
  server = await KubernetesApiServer.start(certificates);
  const config = loadKubeconfig({ kubeconfig: await server.kubeconfig() });
  api = await KubernetesApi.connect(config, { ...API_LIMITS, tries: 1 }, { requests: 0, bytes: 0 });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "loadline-polled-"));
  store = await openStore();
  server.objects.delete(PODS);
  server.allows = () => true;
  nowMs = NOON;
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const openStore = () => openUsageStore(folder, (warning) => expect.fail(warning));

const poller = (namespaces: readonly string[] = [], everyMs = 60_000) =>
  new MetricsServerPoller({
    list: (namespace, take) => api.list(POD_METRICS, { namespace }, take),
    namespaces,
    openStore,
    sourceKey: KEY,
    everyMs,
    now: () => nowMs,
  });

/** Polls once a minute, each pod using a hundredth of a core and a megabyte more than the minute before. */
async function pollFor(minutes: number, own = poller()): Promise<MetricsServerPoller> {
  for (let minute = 0; minute < minutes; minute++, nowMs += 60_000) {
    const since = (nowMs - NOON) / 60_000;
    const timeMs = nowMs - 7000;
    server.objects.set(PODS, [podMetrics("api-1", timeMs, `${since + 1}0000001n`, `${since + 1}000Ki`)]);
    await own.poll();
  }
  return own;
}

const summary = async (window = WINDOW) =>
  (await polledSource(store, KEY).read("shop", window)).series.map(({ resource, pod, container, days }) => [
    `${resource} ${pod} ${container}`,
    ...days.map(({ day, values, coveredSeconds, firstMs, lastMs }) => [
      day - DAY,
      values.count,
      values.min,
      values.max,
      coveredSeconds,
      (lastMs - firstMs) / 60_000,
    ]),
  ]);

/** All but the sums, which the last bit of a rounding may tell apart. */
const binsOf = ({ series }: NamespaceUsage) =>
  series.map(({ days, ...of }) => [of, days.map((day) => ({ ...day, values: [...day.values.bins()] }))]);

describe("a poller of metrics-server", () => {
  it("keeps what it saw at once and every five minutes, and the rest when it is told to", async () => {
    const own = await pollFor(1);
    expect(await summary()).toEqual([
      ["cpu api-1 app", [0, 1, 0.010000001, 0.010000001, 15.022, 0]],
      ["memory api-1 app", [0, 1, 1_024_000, 1_024_000, 15.022, 0]],
    ]);
    await pollFor(9, own);
    expect((await summary())[0]).toEqual(["cpu api-1 app", [0, 6, 0.010000001, 0.060000001, 315.022, 5]]);
    await own.keep();
    expect((await summary())[0]).toEqual(["cpu api-1 app", [0, 10, 0.010000001, 0.100000001, 555.022, 9]]);
  });

  it("that crashes loses minutes, and the next one continues the day", async () => {
    await pollFor(4);
    const next = await pollFor(4);
    await next.keep();
    expect((await summary())[0]).toEqual(["cpu api-1 app", [0, 5, 0.010000001, 0.080000001, 435.022, 7]]);
  });

  it("counts nothing twice: an answer that has not changed, and another poller on the same store", async () => {
    const own = await pollFor(3);
    nowMs -= 60_000;
    await own.poll();
    const other = poller();
    await other.poll();
    await own.keep();
    await other.keep();
    // The other one was first to keep the last minute, so that the one before came too late.
    expect((await summary())[0]?.[1]).toEqual([0, 2, 0.010000001, 0.030000001, 135.022, 2]);
  });

  it("begins a new day at midnight, and keeps the old one whole", async () => {
    nowMs = NOON + DAY_MS / 2 - 120_000;
    await pollFor(4);
    // The first sample after midnight was taken before it.
    expect((await summary()).map(([, day, ...more]) => [day?.slice(0, 2), more.length])).toEqual([
      [[0, 3], 0],
      [[0, 3], 0],
    ]);
    await pollFor(3);
    expect((await summary()).map(([name, ...days]) => [name, days.length])).toEqual([
      ["cpu api-1 app", 2],
      ["memory api-1 app", 2],
    ]);
    const later = await summary({ ...WINDOW, startMs: WINDOW.startMs + DAY_MS });
    expect(later.map(([, ...days]) => days.length)).toEqual([1, 1]);
  });

  it("speaks after a gap for its own seconds only", async () => {
    const own = await pollFor(2);
    nowMs += 3_600_000;
    await pollFor(1, own);
    await own.keep();
    expect((await summary())[0]?.[1]).toEqual([0, 3, 0.010000001, 0.630000001, 90.044, 62]);
  });

  it("asks for the chosen namespaces only, and says which permission is missing", async () => {
    server.objects.set(PODS, [
      podMetrics("api-1", NOON, "1m", "1Mi"),
      podMetrics("db-0", NOON, "1m", "1Mi", "data"),
      podMetrics("x-0", NOON, "1m", "1Mi", "other"),
    ]);
    expect(await poller(["shop", "data"]).poll()).toBe(2);
    expect([...(await store.kept(KEY)).keys()].sort()).toEqual(["data", "shop"]);
    server.allows = ({ namespace }) => namespace === "shop";
    const refused = poller(["shop", "data"]).poll();
    await expect(refused).rejects.toBeInstanceOf(InputError);
    await expect(refused).rejects.toThrow(/verb "list" on resource "pods" .* in namespace "data"/);
  });

  it("says that there is no metrics-server, or that it has stopped", async () => {
    await expect(poller().poll()).rejects.toThrow(/does not serve metrics.k8s.io: install metrics-server/);
    server.objects.set(PODS, [podMetrics("api-1", NOON - 3_600_000, "1m", "1Mi")]);
    await expect(poller().poll()).rejects.toThrow(/it has stopped, or clocks differ/);
    server.objects.set(PODS, []);
    expect(await poller().poll()).toBe(0);
  });

  it("runs until it is stopped, tells a fault once, and keeps what it has", async () => {
    const stop = new AbortController();
    const told: string[] = [];
    let polls = 0;
    server.interfere = ({ resource }) => {
      if (resource !== "pods") return false;
      polls += 1;
      nowMs = NOON + polls * 60_000;
      if (polls === 4) server.objects.set(PODS, [podMetrics("api-1", nowMs, "1m", "1Mi")]);
      if (polls === 6) stop.abort();
      return false;
    };
    await poller([], 1).run(stop.signal, (fault) => told.push(fault));
    server.interfere = () => false;
    expect(told).toEqual([expect.stringMatching(/does not serve/)]);
    expect((await summary())[0]).toEqual(["cpu api-1 app", [0, 1, 0.001, 0.001, 15.022, 0]]);
  });
});

describe("what was polled", () => {
  it("is told where there is nothing yet", async () => {
    const read = polledSource(store, KEY).read("shop", WINDOW);
    await expect(read).rejects.toBeInstanceOf(InputError);
    await expect(read).rejects.toThrow(/let loadline serve or loadline collect poll it/);
    await pollFor(1);
    expect((await polledSource(store, KEY).read("empty", WINDOW)).series).toEqual([]);
  });

  it("is the same however often it is kept in between", async () => {
    const samples = fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 1e12 }), keep: fc.boolean() }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(samples, fc.uuid(), async (samples, key) => {
        const [often, once] = [`${key} often`, `${key} once`];
        for (const source of [often, once]) {
          const days = new PolledDays(source, 60_000);
          for (const [index, { bytes, keep }] of samples.entries()) {
            const containers = [{ name: "app", bytes }];
            const timeMs = NOON + index * 3_600_000;
            days.add({ namespace: "shop", pod: "a", timeMs, windowMs: 15_000, containers });
            if (keep && source === often) await days.keepIn(store);
          }
          await days.keepIn(store);
        }
        const [a, b] = await Promise.all(
          [often, once].map((source) => polledSource(store, source).read("shop", WINDOW)),
        );
        expect(a && binsOf(a)).toEqual(b && binsOf(b));
      }),
      { numRuns: 20 },
    );
  });
});

describe("an object of the metrics API", () => {
  it.each([
    ["15.022s", 15_022],
    ["1m0s", 60_000],
    ["1h0m0.5s", 3_600_500],
    ["500ms", 500],
  ])("has a window of %s", (window, windowMs) => {
    expect(readPodMetrics({ ...podMetrics("a", NOON, "1", "1"), window })).toMatchObject({ windowMs });
  });

  it.each([
    [{}],
    [null],
    [{ ...podMetrics("a", NOON, "1", "1"), window: "soon" }],
    [{ ...podMetrics("a", NOON, "1", "1"), timestamp: "yesterday" }],
    [podMetrics("a", NOON, "-1", "1")],
    [podMetrics("a", NOON, "much", "1")],
  ])("that is none is left out: %j", (item) => {
    expect(readPodMetrics(item)).toBeUndefined();
  });
});
