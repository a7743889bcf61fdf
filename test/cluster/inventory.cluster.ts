import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { workloadKey } from "../../src/domain/workload.ts";
import { kubernetesDeliveries } from "../../src/inventory/deliveries/kubernetes-deliveries.ts";
import { watchedInventory } from "../../src/inventory/kubernetes-watched.ts";
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import { type ControlPlane, programs, startControlPlane, type User } from "./support/control-plane.ts";
import { discoverAsPod } from "./support/discover-alone.ts";
import { loadlineAccount } from "./support/loadline-account.ts";
import { customResource, defineResources } from "./support/custom-resources.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly resourceNames: readonly string[] | undefined;
}

const RBAC = await readFile("deploy/rbac.yaml", "utf8");

const ROLE: { readonly rules: readonly Rule[] } = parse(RBAC);

/** Each verb on each resource that deploy/rbac.yaml grants. */
const RIGHTS = ROLE.rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
  verbs.flatMap((verb) =>
    resources.flatMap((resource) =>
      apiGroups.map((group): Right => ({ verb, group, resource, resourceNames })),
    ),
  ),
);

/** Of programs that are not here; their objects are. */
const CUSTOM_RESOURCES = [
  customResource("argoproj.io", "v1alpha1", "Rollout"),
  customResource("argoproj.io", "v1alpha1", "Application"),
  customResource("argoproj.io", "v1alpha1", "AppProject"),
  customResource("autoscaling.k8s.io", "v1", "VerticalPodAutoscaler"),
  customResource("kustomize.toolkit.fluxcd.io", "v1", "Kustomization"),
  customResource("helm.toolkit.fluxcd.io", "v2", "HelmRelease"),
  customResource("source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories"),
];

describe.skipIf(programs === undefined)("with the rights of deploy/rbac.yaml, and no others,", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  let loadline: User;
  beforeAll(async () => {
    plane = running.use(await startControlPlane());
    for (const namespace of ["shop", "argocd"]) await plane.createNamespace(namespace);
    await defineResources(plane, CUSTOM_RESOURCES);
    await plane.apply(await readFile("test/cluster/inventory-objects.yaml", "utf8"));
    await plane.kubectl(["create", "job", "report-now", "--from=cronjob/report", "--namespace=shop"]);
    await plane.kubectl(["rollout", "status", "daemonset/agent", "--namespace=shop", "--timeout=60s"]);
    loadline = await loadlineAccount(plane);
  });
  afterAll(() => running.disposeAsync());

  const look = async (labels: Readonly<Record<string, string>> = {}, namespaces: readonly string[] = []) => {
    const access = { kubeconfig: loadline.kubeconfig };
    const inventory = kubernetesInventory(access);
    const [found, history, told] = await Promise.all([
      inventory.discover({ namespaces, labels }),
      inventory.history({ namespaces, labels }),
      kubernetesDeliveries(access, { namespaces, now: Date.now }).deliveries(),
    ]);
    const warnings = new Set([found, history, told].flatMap((one) => one.warnings));
    return { ...found, ...told, history, warnings: [...warnings] };
  };

  /** What can't be watched shows when it is read again. */
  const watchTwice = async (): Promise<readonly string[]> => {
    await using inventory = watchedInventory(
      { kubeconfig: loadline.kubeconfig },
      { report: { restarted() {}, wasRead() {} }, watch: { settleMs: 50, waitMs: 500 } },
    );
    const lookOnce = async () => {
      const selection = { namespaces: [], labels: {} };
      const told = await Promise.all([inventory.discover(selection), inventory.history(selection)]);
      return [...new Set(told.flatMap(({ warnings }) => warnings))];
    };
    await lookOnce();
    await delay(200);
    return await lookOnce();
  };

  test("everything is read as it was written, and there is nothing to warn of", async () => {
    const { workloads, surroundings, deliveries, history, warnings } = await look();
    expect(warnings).toEqual([]);
    const byKey = new Map(workloads.map((workload) => [workloadKey(workload), workload]));
    expect([...byKey.keys()]).toEqual([
      "CronJob/shop/report",
      "DaemonSet/shop/agent",
      "Deployment/shop/api",
      "Rollout/shop/old",
      "Rollout/shop/web",
      "StatefulSet/shop/database",
    ]);
    expect(byKey.get("Deployment/shop/api")).toMatchObject({
      replicas: 2,
      labels: { team: "checkout" },
      annotations: { "example.com/owner": "checkout" },
      autoscalers: [{ name: "api-load", resources: ["cpu"] }],
      disruptionBudgets: [{ name: "api", counts: { mustStay: 1, pods: 2 } }],
      containers: [
        {
          name: "app",
          role: "main",
          heap: [{ flag: "-Xmx", bytes: 512 * 2 ** 20 }],
          resources: { requests: { cpu: "250m", memory: "1536Mi" }, limits: { memory: "2147483648" } },
        },
        { name: "migrate", role: "init", resources: { requests: { cpu: "1" } } },
        {
          name: "mesh",
          role: "sidecar",
          resources: { requests: {}, limits: { memory: "64M" } },
        },
      ],
    });
    expect(byKey.get("DaemonSet/shop/agent")?.replicas).toBe(2);
    expect(byKey.get("Rollout/shop/web")?.containers).toMatchObject([
      { resources: { requests: { cpu: "200m" } } },
    ]);
    expect(byKey.get("StatefulSet/shop/database")?.verticalAutoscaler).toEqual({
      name: "database",
      acts: false,
    });
    expect(byKey.get("StatefulSet/shop/database")?.evictions).toEqual([
      { container: "app", atMs: Date.UTC(2026, 10, 20, 12), usedBytes: 300 * 2 ** 20 },
    ]);
    expect(surroundings?.nodes.map(({ name }) => name)).toEqual(["node-1", "node-2"]);
    expect(surroundings?.containerRanges).toMatchObject([
      { name: "bounds", max: { cpu: "4", memory: "8Gi" } },
    ]);
    expect(surroundings?.quotas).toMatchObject([{ name: "room", hard: { requests: { cpu: "20" } } }]);
    expect(deliveries).toHaveLength(1);
    const pod = history.pods.find(({ controller }) => controller?.kind === "DaemonSet");
    expect(pod?.images).toEqual(new Map([["app", "registry.example/agent:1"]]));
    expect(history.revisions.map(({ workload: { kind, name } }) => `${kind}/${name}`).sort()).toEqual([
      "DaemonSet/agent",
      "Deployment/api",
      "Deployment/web",
      "StatefulSet/database",
    ]);
  });

  test("a pod's own service account is enough", async () => {
    expect(await discoverAsPod(plane, loadline)).toMatchObject({ workloads: 6, warnings: [] });
  });

  /** Who follows a merge looks at one object at a time, and says itself what it may not see. */
  const FOLLOWED = new Set(["statefulsets", "daemonsets", "jobs", "cronjobs", "rollouts"]);
  const asked = RIGHTS.filter(({ verb, resource }) => verb !== "get" || !FOLLOWED.has(resource));

  test.each(asked)("without $verb of $resource in $group, the missing rule is named", async (missing) => {
    const rules = RIGHTS.filter((right) => right !== missing);
    // With `get`, what others refer to is asked for, where it is not selected itself.
    const labels = missing.verb === "get" && missing.group === "apps" ? { team: "frontend" } : {};
    const rule = `Missing permission: verb "${missing.verb}" on resource "${missing.resource}" in API group "${missing.group}"`;
    try {
      await grant(rules);
      await vi.waitFor(async () => {
        const warnings = missing.verb === "watch" ? await watchTwice() : (await look(labels)).warnings;
        const told = warnings.filter((warning) => warning.startsWith("Missing permission"));
        expect(told.map((warning) => warning.split(",")[0])).toEqual([rule]);
      }, 10_000);
    } finally {
      await grant(RIGHTS);
    }
  });

  test("where only a namespace may be read, the others that were named are told, and the nodes", async () => {
    const { kubeconfig } = await plane.serviceAccount("shop", "loadline");
    const [role, account] = ["--clusterrole=loadline-inventory", "--serviceaccount=shop:loadline"];
    await plane.kubectl(["create", "rolebinding", "loadline-inventory", "--namespace=shop", role, account]);
    const inventory = kubernetesInventory({ kubeconfig });
    await vi.waitFor(async () => {
      const { workloads, warnings } = await inventory.discover({
        namespaces: ["shop", "argocd"],
        labels: {},
      });
      expect(workloads).toHaveLength(6);
      const [first] = warnings;
      expect(first).toBe(
        'Missing permission: verb "list" on resource "cronjobs" in API group "batch", in namespace "argocd": cronjobs are not seen. Grant it (deploy/rbac.yaml)',
      );
      const everywhere = warnings.filter((warning) => warning.includes("in every namespace"));
      expect(everywhere).toEqual([expect.stringContaining('"nodes"')]);
    }, 10_000);
  });

  test("a rule for what the cluster does not have is not missed", async () => {
    try {
      await grant(RIGHTS.filter(({ group }) => !group.includes(".")));
      await plane.kubectl(["delete", "customresourcedefinition", "--all"]);
      await vi.waitFor(async () => expect((await look()).warnings).toEqual([]), 10_000);
    } finally {
      await defineResources(plane, CUSTOM_RESOURCES);
      await grant(RIGHTS);
    }
  });

  /** Gives the bound role these rights, and no others. */
  async function grant(rights: readonly Right[]): Promise<void> {
    const rules = rights.map(({ verb, group, resource, resourceNames }) => ({
      apiGroups: [group],
      resources: [resource],
      ...(resourceNames === undefined ? {} : { resourceNames }),
      verbs: [verb],
    }));
    await plane.api.patch("/apis/rbac.authorization.k8s.io/v1/clusterroles/loadline-inventory", { rules });
  }
});
