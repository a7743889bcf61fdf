import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { DiscoveryCost } from "./measure-discovery.ts";
import { type ControlPlane, programs, startControlPlane, type User } from "./support/control-plane.ts";
import { discoverAlone } from "./support/discover-alone.ts";
import { startCuttingProxy } from "./support/cutting-proxy.ts";
import { writeKubeconfig } from "./support/kubeconfig.ts";
import { loadlineAccount } from "./support/loadline-account.ts";

const NAMESPACES = 50;
const DEPLOYMENTS = 100;
const REPLICAS = 3;
const WORKLOADS = NAMESPACES * DEPLOYMENTS;
const MIB = 2 ** 20;

describe.skipIf(programs === undefined)("a cluster of 5,000 workloads and 15,000 pods", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  let loadline: User;
  beforeAll(async () => {
    plane = running.use(await startControlPlane());
    loadline = await loadlineAccount(plane);
  });
  afterAll(() => running.disposeAsync());

  let full: DiscoveryCost;

  test("is discovered in few requests and little memory", { timeout: 900_000 }, async () => {
    const empty = await discoverAlone(loadline.kubeconfig);
    await fill(plane);
    await vi.waitFor(async () => expect(await podsOf(plane)).toBe(WORKLOADS * REPLICAS), {
      timeout: 800_000,
      interval: 2000,
    });
    full = await discoverAlone(loadline.kubeconfig);
    console.log("discovery", { empty, full });
    expect(full).toMatchObject({ workloads: WORKLOADS, warnings: [] });
    // A page for each 500 Deployments, where there was one.
    expect(full.requests).toBe(empty.requests - 1 + WORKLOADS / 500);
    expect(full.peak - empty.peak).toBeLessThan(300 * MIB);
  });

  test("is kept up to date by watches in little memory, and looked at again without listing the workloads", async () => {
    const watched = await discoverAlone(loadline.kubeconfig, "watch");
    console.log("discovery, watched", watched);
    expect(watched).toMatchObject({ workloads: WORKLOADS, warnings: [] });
    // Of Argo Rollouts and VerticalPodAutoscalers, which this cluster does not serve, it is asked again; nodes,
    // autoscalers, quotas, and 500 pods at a time change too often to be watched.
    expect(watched.again?.requests).toBe(5 + (WORKLOADS * REPLICAS) / 500);
    expect(watched.again?.heap).toBeLessThan(100 * MIB);
  });

  test("is discovered whole where connections are cut in the midst of a page", async () => {
    // A page of 500 has 5 MiB.
    await using proxy = await startCuttingProxy(Number(new URL(plane.url).port), { afterBytes: 8 * MIB });
    const server = { url: `https://127.0.0.1:${proxy.port}`, ca: plane.ca };
    const cut = await discoverAlone(await writeKubeconfig(plane.folder, server, loadline.token));
    console.log("discovery, with cuts", { cut, cuts: proxy.cuts });
    expect(proxy.cuts).toBeGreaterThan(1);
    expect(cut).toMatchObject({ workloads: WORKLOADS, warnings: [], requests: full.requests + proxy.cuts });
  });
});

async function fill(plane: ControlPlane): Promise<void> {
  const atOnce = pLimit(16);
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `team-${index}`);
  await Promise.all(namespaces.map((namespace) => atOnce(() => plane.createNamespace(namespace))));
  const numbers = Array.from({ length: DEPLOYMENTS }, (_, index) => index);
  await Promise.all(
    namespaces.flatMap((namespace) =>
      numbers.map((number) =>
        atOnce(() =>
          plane.api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment(number)),
        ),
      ),
    ),
  );
}

/** Of the size that such objects have in clusters: several containers, probes, variables, annotations. */
function deployment(number: number): object {
  const name = `service-${number}`;
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop" };
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  const env = Array.from({ length: 20 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value-${index}-${name}`,
  }));
  const resources = { requests: { cpu: "1m", memory: "1Mi" }, limits: { memory: "1Mi" } };
  const container = (role: string) => ({
    name: role,
    image: `registry.example/${name}-${role}:1.${number}`,
    env,
    resources,
    livenessProbe: probe,
    readinessProbe: probe,
  });
  return {
    metadata: {
      name,
      labels,
      annotations: { "example.com/description": "what it does and who to ask. ".repeat(20) },
    },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: labels },
      // Pods that nobody schedules: they are there, and cost the test a quarter of those that run.
      template: {
        metadata: { labels },
        spec: { schedulerName: "nobody", containers: [container("app"), container("proxy")] },
      },
    },
  };
}

/** A page of one says how many more there are. */
async function podsOf(plane: ControlPlane): Promise<number> {
  const { items, metadata } = await plane.api.get<{
    items: readonly object[];
    metadata: { remainingItemCount?: number };
  }>("/api/v1/pods?limit=1");
  return items.length + (metadata.remainingItemCount ?? 0);
}
