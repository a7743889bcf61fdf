import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { Workload } from "../../src/domain/workload.ts";
import type { WatchReport } from "../../src/inventory/kubernetes-watched-scope.ts";
import { watchedInventory } from "../../src/inventory/kubernetes-watched.ts";
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";
import { type Cuts, startCuttingProxy } from "./support/cutting-proxy.ts";
import { writeKubeconfig } from "./support/kubeconfig.ts";
import { loadlineAccount } from "./support/loadline-account.ts";

const EVERYTHING = { namespaces: [], labels: {} };
const DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments";
/** As ever but for their times, so that much happens in little of it. */
const QUICK = { settleMs: 300, waitMs: 4000, backoffMs: 50, longestBackoffMs: 500 };

describe.skipIf(programs === undefined)("an inventory that watches", () => {
  test(
    "a cluster whose connections are cut every two seconds loses nothing",
    { timeout: 180_000 },
    async () => {
      await using plane = await startControlPlane();
      await using cluster = await watchThroughProxy(plane, { everyMs: 2000 });
      const { inventory, proxy, seen } = cluster;
      const churn = new Churn(plane);
      await churn.change(20);
      await inventory.discover(EVERYTHING);
      let looks = 0;
      const until = performance.now() + 30_000;
      while (performance.now() < until) {
        await churn.change(5);
        const [askedMs, { workloads }] = [performance.now(), await inventory.discover(EVERYTHING)];
        expect(churn.wrong(workloads, askedMs)).toEqual([]);
        looks++;
      }
      await cluster.equalsFreshList();
      console.log("watch, with cuts", { cuts: proxy.cuts, looks, changes: churn.changes, ...seen });
      // All watches go through one connection.
      expect(proxy.cuts).toBeGreaterThan(10);
      expect(seen.broken).toBeGreaterThan(100);
      expect(churn.changes).toBeGreaterThan(50);
      expect(seen.watch).toBeGreaterThan(seen.list);
    },
  );

  test("a cluster that forgot what was missed lists it anew", { timeout: 120_000 }, async () => {
    // Without its cache the API server knows no more versions than etcd, which it tells to forget them.
    await using plane = await startControlPlane(["--watch-cache=false", "--etcd-compaction-interval=3s"]);
    await using cluster = await watchThroughProxy(plane, {});
    const { inventory, proxy, seen } = cluster;
    const churn = new Churn(plane);
    await churn.change(20);
    await inventory.discover(EVERYTHING);
    await cluster.equalsFreshList();
    proxy.closed = true;
    await churn.change(30);
    await delay(12_000);
    await expect(inventory.discover(EVERYTHING)).rejects.toThrow(/ECONNRESET|failed|closed/);
    proxy.closed = false;
    await cluster.equalsFreshList();
    console.log("watch, with forgotten versions", seen);
    expect(seen.expired).toBeGreaterThan(0);
  });

  test("lists where it may not watch, and names the missing rule", { timeout: 60_000 }, async () => {
    await using plane = await startControlPlane();
    await using cluster = await watchThroughProxy(plane, {});
    const role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/loadline-inventory";
    const { rules } = await plane.api.get<{ rules: { resources: string[]; verbs: string[] }[] }>(role);
    const without = rules.map((rule) =>
      rule.resources.includes("deployments") ? { ...rule, verbs: ["list"] } : rule,
    );
    await plane.api.patch(role, { rules: without });
    await plane.createNamespace("shop");
    await vi.waitFor(async () => {
      const { warnings } = await cluster.inventory.discover(EVERYTHING);
      expect(warnings).toContain(
        'Missing permission: verb "watch" on resource "deployments" in API group "apps", in every namespace: each sweep lists them anew. Grant it (deploy/rbac.yaml)',
      );
    }, 20_000);
    const churn = new Churn(plane);
    await churn.change(10);
    const { workloads } = await cluster.inventory.discover(EVERYTHING);
    expect(churn.wrong(workloads, performance.now() + 10_000)).toEqual([]);
    await plane.api.patch(role, { rules });
    await vi.waitFor(
      async () => expect((await cluster.inventory.discover(EVERYTHING)).warnings).toEqual([]),
      20_000,
    );
  });
});

/** Reads a cluster through a proxy that cuts, with the rights of deploy/rbac.yaml. */
async function watchThroughProxy(plane: ControlPlane, cuts: Cuts) {
  await using starting = new AsyncDisposableStack();
  const loadline = await loadlineAccount(plane);
  const proxy = starting.use(await startCuttingProxy(Number(new URL(plane.url).port), cuts));
  const server = { url: `https://127.0.0.1:${proxy.port}`, ca: plane.ca };
  const kubeconfig = await writeKubeconfig(plane.folder, server, loadline.token);
  const seen = { broken: 0, expired: 0, watch: 0, list: 0 };
  const report: WatchReport = {
    restarted: (reason) => void seen[reason]++,
    wasRead: (from) => void seen[from]++,
  };
  const limits = { tries: 6, backoffMs: 50 };
  const inventory = starting.use(watchedInventory({ kubeconfig }, { report, limits, watch: QUICK }));
  const fresh = kubernetesInventory({ kubeconfig: plane.admin.kubeconfig });
  const running = starting.move();
  return {
    inventory,
    proxy,
    seen,
    /** From memory alone, and not once by luck. */
    equalsFreshList: async () => {
      for (let times = 0; times < 3; times++)
        await vi.waitFor(
          async () => {
            const listed = seen.list;
            const found = await inventory.discover(EVERYTHING);
            expect(found).toEqual(await fresh.discover(EVERYTHING));
            expect(seen.list).toBe(listed);
          },
          { timeout: 30_000, interval: 200 },
        );
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What was seen so long ago has to be known. */
const KNOWN_AFTER_MS = 2000;

/** Creates, changes and deletes Deployments, and remembers when. */
class Churn {
  readonly #plane: ControlPlane;
  readonly #there = new Map<string, { readonly sinceMs: number; readonly cpu: string }>();
  readonly #gone = new Map<string, number>();
  #next = 0;
  changes = 0;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  async change(times: number): Promise<void> {
    if (this.#next === 0) await this.#plane.createNamespace("shop").catch(() => undefined);
    for (let time = 0; time < times; time++) {
      const [oldest] = this.#there.keys();
      const what = this.changes++ % 3;
      if (what === 0 || oldest === undefined) await this.#write(`app-${this.#next++}`, "create");
      else if (what === 1) await this.#write(oldest, "patch");
      else if (this.#there.size > 12) {
        await this.#plane.api.remove(`${DEPLOYMENTS}/${oldest}`);
        this.#there.delete(oldest);
        this.#gone.set(oldest, performance.now());
      }
    }
  }

  /** What of long before it was asked for is missing, old, or still there. */
  wrong(workloads: readonly Workload[], askedMs: number): string[] {
    const found = new Map(
      workloads.map(({ name, containers }) => [name, containers[0]?.resources.requests.cpu]),
    );
    const known = askedMs - KNOWN_AFTER_MS;
    return [
      ...[...this.#there].filter(([name, { sinceMs, cpu }]) => sinceMs < known && found.get(name) !== cpu),
      ...[...this.#gone].filter(([name, sinceMs]) => sinceMs < known && found.has(name)),
    ].map(([name]) => name);
  }

  async #write(name: string, how: "create" | "patch"): Promise<void> {
    const cpu = `${1 + this.changes}m`;
    const container = { name: "app", image: "registry.example/app:1", resources: { requests: { cpu } } };
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { schedulerName: "nobody", containers: [container] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    if (how === "create") await this.#plane.api.create(DEPLOYMENTS, { metadata: { name }, spec });
    else await this.#plane.api.patch(`${DEPLOYMENTS}/${name}`, { spec: { template } });
    this.#there.delete(name);
    this.#there.set(name, { sinceMs: performance.now(), cpu });
  }
}
