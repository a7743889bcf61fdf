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
  const noneMore = { rollingUpdate: { maxSurge: 0, maxUnavailable: "25%" } };
  const oneByOne = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  test.for([
    ["two-fit", 2, {}, 300],
    ["two-do-not", 2, {}, 290],
    ["four-fit", 4, {}, 400],
    ["four-do-not", 4, {}, 390],
    ["four-by-one-fit", 4, oneByOne, 500],
    ["four-by-one-do-not", 4, oneByOne, 490],
    ["two-and-none-more-fit", 2, noneMore, 200],
    ["two-and-none-more-do-not", 2, noneMore, 190],
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

  /** In a namespace of its own. */
  const pod = (
    namespace: string,
    name: string,
    containers: readonly object[],
    resources?: object,
  ): object => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: { containers, ...(resources ? { resources } : {}) },
  });
  const container = (name: string, resources: object = {}): object => {
    return { name, image: "registry.example/app:1", resources };
  };
  const ranged = async (namespace: string, limit: object): Promise<void> => {
    await plane.createNamespace(namespace);
    const metadata = { name: "range", namespace };
    await plane.apply([{ apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits: [limit] } }]);
  };

  test("is no request above the limit that a LimitRange writes", async () => {
    await ranged("defaults", { type: "Container", default: { memory: "512Mi" } });
    const one = (name: string, memory: string) =>
      pod("defaults", name, [container("app", { requests: { memory } })]);
    await plane.apply([one("at-the-limit", "512Mi")]);
    await expect(plane.apply([one("above", "600Mi")])).rejects.toThrow(
      /must be less than or equal to memory limit/,
    );
  });

  test("is no more for all containers together than a LimitRange allows a pod", async () => {
    await ranged("pods", { type: "Pod", max: { memory: "1Gi" } });
    const two = (name: string, memory: string) => {
      const both = [memory, "512Mi"].map((each) => ({
        requests: { memory: each },
        limits: { memory: each },
      }));
      return pod(
        "pods",
        name,
        both.map((resources, index) => container(`app-${index}`, resources)),
      );
    };
    await plane.apply([two("fits", "512Mi")]);
    await expect(plane.apply([two("more", "513Mi")])).rejects.toThrow(/maximum memory usage per Pod is 1Gi/);
    const without = pod("pods", "without", [container("app")]);
    await expect(plane.apply([without])).rejects.toThrow(/No limit is specified/);
  });

  test("is no more for all containers together than their pod asks for", async () => {
    await plane.createNamespace("own");
    const one = (cpu: string) =>
      pod("own", `asks-${cpu}`, [container("app", { requests: { cpu } })], { requests: { cpu: "200m" } });
    await plane.apply([one("200m")]);
    await expect(plane.apply([one("250m")])).rejects.toThrow(/aggregate container requests/);
  });

  test("is nothing where a limit is written without an amount", async () => {
    const empty = pod("default", "empty", [
      container("app", { requests: { cpu: "100m" }, limits: { cpu: null } }),
    ]);
    const created = plane.kubectl(["create", "--filename=-"], JSON.stringify(empty));
    await expect(created).rejects.toThrow(/must be less than or equal to cpu limit of 0/);
  });
});
