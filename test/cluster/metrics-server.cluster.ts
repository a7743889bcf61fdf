import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { baseUnits } from "../../src/domain/quantity.ts";
import { polledKey } from "../../src/sweep/open/pod-metrics-api.ts";
import { polledSource } from "../../src/usage/providers/metrics-server/polled-source.ts";
import { openUsageStore } from "../../src/usage/store/open-usage-store.ts";
import { DAY_MS } from "../../src/usage/usage.ts";
import { startGitHub } from "../support/github/github.ts";
import { loadline, type Ran } from "../support/loadline.ts";
import { type ControlPlane, programs, startControlPlane, type User } from "./support/control-plane.ts";
import { loadlineAccount } from "./support/loadline-account.ts";
import { startLoadline } from "./support/loadline-app.ts";
import { RESOLUTION_MS, startMetricsServer } from "./support/metrics-server.ts";
import type { Running } from "./support/process.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods";
/** What the containers of each Deployment use. */
const USED = { api: { cpu: "250m", memory: "300Mi" }, batch: { cpu: "1500m", memory: "2Gi" } };
const USED_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(USED).flatMap(([name, { cpu, memory }]) => [
    [`cpu ${name} app`, baseUnits(cpu)],
    [`memory ${name} app`, baseUnits(memory)],
  ]),
);

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined)("a cluster whose only metrics are those of metrics-server", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  let user: User;
  let metricsServer: Running;

  beforeAll(async () => {
    plane = running.use(await startControlPlane());
    await plane.createNamespace("shop");
    await plane.apply(Object.entries(USED).map(([name, used]) => deployment(name, used)));
    user = await loadlineAccount(plane);
  }, 120_000);
  afterAll(() => running.disposeAsync());

  const collect = (store: string, ...more: string[]): Promise<Ran> =>
    loadline([
      "collect",
      "--kubeconfig",
      user.kubeconfig,
      "--store",
      join(plane.folder, store),
      "--once",
      ...more,
    ]);
  const configure = async (name: string): Promise<string> => {
    const { kubeconfig } = user;
    const prod = { name: "prod", inventory: "kubernetes", kubeconfig, provider: "metrics-server" };
    const clusters = [{ ...prod, options: { every: "10s" } }];
    const text = stringify({ version: 1, onboarding: false, store: name, clusters });
    await writeFile(join(plane.folder, `${name}.yaml`), text);
    return text;
  };
  const keptIn = async (store: string): Promise<readonly Kept[]> => {
    await using opened = await openUsageStore(join(plane.folder, store), (warning) => expect.fail(warning));
    const endMs = Date.now();
    const window = { startMs: endMs - DAY_MS, endMs };
    const { series } = await polledSource(opened, polledKey(user)).read("shop", window);
    return series.flatMap(({ resource, pod, container, days }) =>
      days.map(({ values: { count, min, max }, coveredSeconds }) => ({
        name: `${resource} ${pod.split("-")[0]} ${container}`,
        count,
        min,
        max,
        coveredSeconds,
      })),
    );
  };

  test("is told that it has none, then which right is missing", { timeout: 120_000 }, async () => {
    expect(await collect("none")).toMatchObject({
      code: 2,
      err: expect.stringContaining("does not serve metrics.k8s.io: install metrics-server"),
    });
    metricsServer = running.use(await startMetricsServer(plane));
    expect(await collect("none")).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'verb "list" on resource "pods" in API group "metrics.k8s.io", in every namespace',
      ),
    });
  });

  test("is polled with the one rule of docs/providers.md", { timeout: 120_000 }, async () => {
    await plane.apply([ROLE, BINDING]);
    // The API server's authorizer hears of it by a watch.
    await vi.waitFor(
      async () => {
        expect((await collect("once")).code).toBe(0);
        expect(await plane.api.list(PODS)).toHaveLength(3);
      },
      { timeout: 90_000, interval: 1000 },
    );
    expect(await collect("once", "--namespace", "shop")).toEqual({
      code: 0,
      out: "",
      err: "loadline collect: 3 pods in cluster\n",
    });
    const top = await plane.kubectl(["top", "pods", "--namespace=shop", "--no-headers"]);
    expect(top).toMatch(/^api-\S+ +2[45]\dm +300Mi/m);
  });

  test("gives what its containers use, for as long as it is polled", { timeout: 120_000 }, async () => {
    await configure("polled");
    const config = join(plane.folder, "polled.yaml");
    const polling = execa(process.execPath, [MAIN, "collect", "--config", config], { reject: false });
    await delay(3.5 * RESOLUTION_MS);
    polling.kill("SIGTERM");
    expect(await polling).toMatchObject({ exitCode: 0, stderr: "loadline collect: 3 pods in prod" });
    const kept = await keptIn("polled");
    expect(kept.map(({ name }) => name).toSorted()).toEqual(
      ["cpu", "memory"].flatMap((of) => [`${of} api app`, `${of} api app`, `${of} batch app`]),
    );
    expect(kept.filter((one) => !isWhatWasUsed(one))).toEqual([]);
  });

  test("is polled by a server, and its advice rests on what was polled", { timeout: 120_000 }, async () => {
    const configuration = await configure("served");
    await using github = await startGitHub();
    const setup = { github, folder: plane.folder, configuration, now: Date.now };
    {
      await using _ = await startLoadline(setup);
      await delay(2 * RESOLUTION_MS);
    }
    expect(await keptIn("served")).toHaveLength(6);
    const plan = ["plan", "--config", join(plane.folder, "served.yaml"), "--format", "json"];
    const { code, out, err } = await loadline(plan, { cwd: plane.folder });
    expect({ code, err }).toMatchObject({ code: 0 });
    const held = { resource: "cpu", message: expect.stringMatching(/^not enough data: \d+ samples/) };
    expect(JSON.parse(out)).toMatchObject({
      containers: ["api", "batch"].map((workload) => ({ workload, held: [held, {}] })),
      stats: { metricsProtocol: "metrics-server, polled" },
      warnings: [],
    });
  });

  test("is told that metrics-server is down", { timeout: 60_000 }, async () => {
    await metricsServer[Symbol.asyncDispose]();
    expect(await collect("down")).toMatchObject({
      code: 1,
      err: expect.stringContaining("answered 503: metrics-server is down, or has just started"),
    });
  });
});

interface Kept {
  readonly name: string;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly coveredSeconds: number;
}

/** The kubelet's clock and that of metrics-server are milliseconds apart. */
function isWhatWasUsed({ name, count, min, max, coveredSeconds }: Kept): boolean {
  const used = USED_OF.get(name) ?? 0;
  const close = [min, max].every((value) => Math.abs(value / used - 1) < 0.05);
  const rounds = (coveredSeconds * 1000) / RESOLUTION_MS / count;
  return close && count >= 2 && rounds > 0.5 && rounds < 2;
}

function deployment(name: string, used: { cpu: string; memory: string }): object {
  const labels = { app: name };
  const annotations = { "loadline.test/cpu": used.cpu, "loadline.test/memory": used.memory };
  const resources = { requests: { cpu: "500m", memory: "512Mi" } };
  const containers = [{ name: "app", image: "registry.example/app:1", resources }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: {
      replicas: name === "api" ? 2 : 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers } },
    },
  };
}

const RBAC = "rbac.authorization.k8s.io";
const ROLE = {
  apiVersion: `${RBAC}/v1`,
  kind: "ClusterRole",
  metadata: { name: "loadline-metrics" },
  rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["list"] }],
};
const BINDING = {
  apiVersion: `${RBAC}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: "loadline-metrics" },
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "loadline-metrics" },
  subjects: [{ kind: "ServiceAccount", name: "loadline", namespace: "default" }],
};
