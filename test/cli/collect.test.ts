import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clusterSchema } from "../../src/config/cluster.ts";
import { polledClusters, pollInBackground, pollOnce } from "../../src/sweep/open/poll-clusters.ts";
import { polledKey } from "../../src/sweep/open/pod-metrics-api.ts";
import { polledSource } from "../../src/usage/providers/metrics-server/polled-source.ts";
import { openUsageStore } from "../../src/usage/store/open-usage-store.ts";
import { DAY_MS } from "../../src/usage/usage.ts";
import { makeCertificates } from "../support/certificates.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { loadline } from "../support/loadline.ts";

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");
const PODS = "metrics.k8s.io/v1beta1/pods";

let server: KubernetesApiServer;
let folder: string;
let kubeconfig: string;

beforeAll(async () => {
  server = await KubernetesApiServer.start(await makeCertificates());
  kubeconfig = await server.kubeconfig();
  folder = await mkdtemp(path.join(tmpdir(), "loadline-collect-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function seeNow(cpu: string): void {
  server.objects.set(PODS, [
    {
      metadata: { name: "api-1", namespace: "shop" },
      timestamp: new Date().toISOString(),
      window: "15s",
      containers: [{ name: "app", usage: { cpu, memory: "100Mi" } }],
    },
  ]);
}

const CLUSTER = clusterSchema.parse({ name: "prod", inventory: "kubernetes", provider: "metrics-server" });

async function kept(store: string): Promise<readonly (number | undefined)[]> {
  await using opened = await openUsageStore(store, (warning) => expect.fail(warning));
  const source = polledSource(opened, polledKey({ kubeconfig }));
  const endMs = Date.now();
  const { series } = await source.read("shop", { startMs: endMs - DAY_MS, endMs });
  return series
    .filter(({ resource }) => resource === "cpu")
    .flatMap(({ days }) => days.flatMap(({ values }) => [values.min, values.max]));
}

it("asks once with --once, and again where a schedule runs it again", async () => {
  const store = path.join(folder, "once");
  const args = ["collect", "--kubeconfig", kubeconfig, "--store", store, "--once"];
  seeNow("250m");
  expect(await loadline(args)).toEqual({
    code: 0,
    out: "",
    err: "loadline collect: 1 pods in cluster\n",
  });
  seeNow("500m");
  await loadline(args);
  expect(new Set(await kept(store))).toEqual(new Set([0.25, 0.5]));
});

it("polls the clusters of a configuration until it is stopped", async () => {
  const config = path.join(folder, "loadline.yaml");
  const store = path.join(folder, "polled");
  await writeFile(
    config,
    JSON.stringify({
      version: 1,
      store: "polled",
      clusters: [
        {
          name: "prod",
          inventory: "kubernetes",
          provider: "metrics-server",
          kubeconfig,
          options: { every: "10s" },
        },
      ],
    }),
  );
  let asked = 0;
  server.interfere = () => {
    asked += 1;
    seeNow(`${asked}00m`);
    return false;
  };
  const running = execa(process.execPath, [MAIN, "collect", "--config", config], { reject: false });
  // Once to see that it can, and then again and again.
  await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(1);
  running.kill("SIGTERM");
  expect(await running).toMatchObject({ exitCode: 0, stderr: "loadline collect: 1 pods in prod" });
  server.interfere = () => false;
  expect(await kept(store)).toEqual([0.1, asked / 10]);
});

it("goes on beside a server, tells what goes wrong, and ends with it", async () => {
  const told: string[] = [];
  const polling = { store: "served", folder, tell: (text: string) => told.push(text) };
  seeNow("400m");
  const before = server.requests.length;
  await using running = pollInBackground(
    [
      { ...CLUSTER, kubeconfig },
      { ...CLUSTER, provider: "datadog" },
    ],
    polling,
  );
  await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBeGreaterThan(before);
  await running[Symbol.asyncDispose]();
  expect(await kept(path.join(folder, "served"))).toEqual([0.4, 0.4]);
  await pollInBackground([CLUSTER], { ...polling, store: "none" })[Symbol.asyncDispose]();
  expect(told).toEqual([expect.stringMatching(/^prod is not polled: store: none keeps nothing/)]);
});

it("refuses what it can't do", async () => {
  const [cluster] = polledClusters([{ ...CLUSTER, kubeconfig, options: { every: "10s" } }], "");
  expect(cluster?.everyMs).toBe(10_000);
  expect(() => polledClusters([{ ...CLUSTER, options: { every: "1s" } }], "")).toThrow(/10s or more/);
  expect(() => polledClusters([{ ...CLUSTER, options: { often: true } }], "")).toThrow(
    /cluster prod, options/,
  );
  const polled = pollOnce(cluster ? [cluster] : [], { store: "none", folder, tell: () => {} });
  await expect(polled).rejects.toThrow(/keeps nothing, and metrics-server knows only of now/);
});

it("says at once that there is no metrics-server", async () => {
  server.objects.delete(PODS);
  const { code, err } = await loadline(["collect", "--kubeconfig", kubeconfig]);
  const none = { code: 2, err: expect.stringMatching(/does not serve metrics.k8s.io/) };
  expect({ code, err }).toEqual(none);
  // An API server refuses first what is not granted, whether it is there or not.
  server.allows = () => false;
  const refused = await loadline(["collect", "--kubeconfig", kubeconfig]);
  expect({ code: refused.code, err: refused.err }).toEqual(none);
});
