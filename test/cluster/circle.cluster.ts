import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prometheusAvailable, startPrometheus } from "../support/prometheus.ts";
import { type GeneratedWorkload, generateUsage } from "../support/usage-generator.ts";
import { programs } from "./support/control-plane.ts";
import { loadlineAccount } from "./support/loadline-account.ts";
import { type RunningLoadline, startLoadline } from "./support/loadline-app.ts";
import { startSyncedCluster, type SyncedCluster } from "./support/synced-cluster.ts";

const DAYS = 2;
const NOW = Math.floor(Date.now() / 300_000) * 300_000;

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined || !prometheusAvailable)("from the cluster to the cluster", () => {
  const running = new AsyncDisposableStack();
  let cluster: SyncedCluster;
  let loadline: RunningLoadline;
  beforeAll(async () => {
    cluster = running.use(await startSyncedCluster());
    const { plane, github } = cluster;
    const window = { startMs: NOW - DAYS * 86_400_000, endMs: NOW };
    const usage = generateUsage(users(cluster.written), { seed: 11, window });
    const { url } = running.use(await startPrometheus({ openMetrics: usage.lines() }));
    const { kubeconfig } = await loadlineAccount(plane);
    const configuration = stringify({
      version: 1,
      onboarding: false,
      store: "none",
      clusters: [{ name: "prod", inventory: "kubernetes", kubeconfig, prometheus: { url } }],
      repositories: [{ name: "acme/shop" }],
      policy: { window: `${DAYS}d` },
      pullRequests: { limits: { open: 100, perHour: 100, perDay: 100 } },
    });
    const folder = plane.folder;
    loadline = running.use(await startLoadline({ github, folder, configuration, now: () => NOW }));
    await cluster.settled();
  });
  afterAll(() => running.disposeAsync());

  /** Requests, by the name of the Deployment. */
  let recommended: Readonly<Record<string, unknown>>;

  test("a sweep proposes what each workload needs, in the file that sets it", async () => {
    const { shop, written } = cluster;
    const { containers, failures } = await loadline.serving.sweeper.sweep();
    await loadline.quiet();
    expect(failures).toEqual([]);
    recommended = Object.fromEntries(containers.map((one) => [one.workload.name, one.recommended?.requests]));
    expect(recommended).toEqual(
      Object.fromEntries(
        Object.keys(written).map((name) => [name, { cpu: expect.any(String), memory: "64Mi" }]),
      ),
    );
    expect(containers.map(({ source }) => source.status)).toEqual(containers.map(() => "proven"));
    const changes = await Promise.all(shop.pulls().map(({ number }) => shop.diff(number)));
    const files = changes.flat().map((change) => change.path);
    expect(files.toSorted()).toEqual(
      Object.values(written)
        .map(({ file }) => file)
        .toSorted(),
    );
  });

  test("what is merged is what runs after Argo CD's next sync", async () => {
    const { shop } = cluster;
    expect(await cluster.liveRequests()).not.toEqual(recommended);
    for (const { number } of shop.pulls()) await shop.merge(number, "alice");
    await cluster.settled((await shop.log())[0]?.sha);
    expect(await cluster.liveRequests()).toEqual(recommended);
  });

  test("then there is nothing left to do", async () => {
    await loadline.quiet();
    const { containers, failures } = await loadline.serving.sweeper.sweep();
    expect(failures).toEqual([]);
    expect(containers.filter((one) => one.recommended !== null)).toEqual([]);
    expect(cluster.shop.pulls().filter(({ state }) => state === "open")).toEqual([]);
  });

  test("and the later sweeps read the cluster from what watches keep up to date", async () => {
    const answer = await fetch(new URL("/metrics", loadline.serving.address));
    const read = new RegExp(
      '^loadline_inventory_reads_total\\{cluster="prod",from="(\\w+)"\\} (\\d+)$',
      "gm",
    );
    const reads = new Map(
      [...(await answer.text()).matchAll(read)].map(([, from, times]) => [from, Number(times)]),
    );
    expect(reads.get("watch")).toBeGreaterThanOrEqual(reads.get("list") ?? Number.POSITIVE_INFINITY);
  });
});

/** Each uses half of the CPU that it asks for, and the memory. */
function users(written: SyncedCluster["written"]): GeneratedWorkload[] {
  return Object.entries(written).map(([name, { cpu }]) => {
    const cores = (Number.parseInt(cpu, 10) / 1000) * 0.5;
    return {
      namespace: "shop",
      kind: "Deployment",
      name,
      containers: [
        {
          name: "app",
          image: "registry.example/app:1",
          resources: { requests: { cpu, memory: "64Mi" }, limits: {} },
          cpu: { shape: "steady", low: cores, high: cores },
          memory: { shape: "steady", low: 50 * 2 ** 20, high: 50 * 2 ** 20 },
        },
      ],
    };
  });
}
