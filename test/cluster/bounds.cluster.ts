import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QuotaLedger } from "../../src/advice/quota-ledger.ts";
import { withAmount } from "../../src/domain/resources.ts";
import { NO_SURROUNDINGS } from "../../src/domain/surroundings.ts";
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";

/** A Deployment of one container. */
function deployment(namespace: string, replicas: number, resources: object, strategy: object = {}): object {
  const labels = { app: "api" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "api", namespace },
    spec: {
      replicas,
      strategy,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "app", image: "registry.example/app:1", resources }] },
      },
    },
  };
}

const asking = (millis: number): object => ({ requests: { cpu: `${millis}m` } });

describe.skipIf(programs === undefined)("what a namespace has room for", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = running.use(await startControlPlane());
  });
  afterAll(() => running.disposeAsync());

  const rolledOut = async (namespace: string, seconds: number): Promise<boolean> => {
    const wait = ["rollout", "status", "deployment/api", `--namespace=${namespace}`, `--timeout=${seconds}s`];
    return await plane.kubectl(wait).then(
      () => true,
      () => false,
    );
  };

  const recreated = { type: "Recreate" };
  const oneByOne = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  test.for([
    ["two-fit", 2, {}, 300],
    ["two-do-not", 2, {}, 290],
    ["four-fit", 4, {}, 400],
    ["four-do-not", 4, {}, 390],
    ["four-by-one-fit", 4, oneByOne, 500],
    ["four-by-one-do-not", 4, oneByOne, 490],
    ["recreated-fit", 2, recreated, 200],
    ["recreated-do-not", 2, recreated, 190],
  ] as const)(
    "is what an update from 100m to 200m takes: %s",
    { timeout: 90_000, concurrent: true },
    async ([namespace, replicas, strategy, leftMillis]) => {
      await plane.createNamespace(namespace);
      const hard = { "requests.cpu": `${replicas * 100 + leftMillis}m` };
      await plane.apply([
        { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "room", namespace }, spec: { hard } },
        deployment(namespace, replicas, asking(100), strategy),
      ]);
      expect(await rolledOut(namespace, 40)).toBe(true);

      const inventory = kubernetesInventory({ kubeconfig: plane.admin.kubeconfig });
      const selection = { namespaces: [namespace], labels: {} };
      const { workloads, surroundings = NO_SURROUNDINGS } = await inventory.discover(selection);
      const [api] = workloads;
      if (api === undefined) throw new Error("no Deployment");
      const raised = api.containers.map((container) => ({
        ...container,
        resources: withAmount(container.resources, "requests.cpu", "200m"),
      }));
      const reason = new QuotaLedger(surroundings.quotas).book(api, "cpu", api.containers, raised);

      await plane.apply([deployment(namespace, replicas, asking(200), strategy)]);
      expect(await rolledOut(namespace, namespace.endsWith("not") ? 15 : 40)).toBe(reason === undefined);
      expect(reason === undefined).toBe(namespace.endsWith("-fit"));
    },
  );

  test("is no request above the limit that a LimitRange writes or above its pod's, nor a number without an amount", async () => {
    await plane.createNamespace("ranges");
    const pod = (name: string, resources: object): object => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "ranges" },
      spec: { containers: [{ name: "app", image: "registry.example/app:1", resources }] },
    });
    const limits = [{ type: "Container", default: { memory: "512Mi" } }];
    await plane.apply([
      {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "r", namespace: "ranges" },
        spec: { limits },
      },
    ]);
    await plane.apply([pod("at-the-limit", { requests: { memory: "512Mi" } })]);
    await expect(plane.apply([pod("above", { requests: { memory: "600Mi" } })])).rejects.toThrow(
      /must be less than or equal to memory limit/,
    );
    const ofPod = { requests: { cpu: "200m" }, limits: { cpu: "300m" } };
    const together = (cpu: string): object => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `pod-${cpu}`, namespace: "ranges" },
      spec: {
        resources: ofPod,
        containers: [{ name: "app", image: "registry.example/app:1", resources: { requests: { cpu } } }],
      },
    });
    await plane.apply([together("200m")]);
    await expect(plane.apply([together("250m")])).rejects.toThrow(/aggregate container requests/);

    const empty = { requests: { cpu: "100m" }, limits: { cpu: null } };
    const created = plane.kubectl(["create", "--filename=-"], JSON.stringify(pod("empty", empty)));
    await expect(created).rejects.toThrow(/must be less than or equal to cpu limit of 0/);
  });
});
