import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { type Workload, WORKLOAD_KINDS, workloadKey } from "../../src/domain/workload.ts";
import { watchedInventory } from "../../src/inventory/kubernetes-watched.ts";
import { kubernetesLive } from "../../src/inventory/kubernetes-live.ts";
import { applicationObject } from "../support/delivery-objects.ts";
import {
  RESOURCE_OF,
  autoscalerObject,
  container,
  metric,
  objectOf,
  referringRollout,
  workload,
} from "../support/kubernetes-objects.ts";
import { idOf, testCluster } from "./test-cluster.ts";

const cluster = testCluster();
const { live, discover } = cluster;

const keys = (workloads: readonly Workload[]) => workloads.map(workloadKey);

describe("what lives in a cluster", () => {
  test("workloads of every kind come with labels, annotations, replicas, containers and resources as written", async () => {
    const jobs = { replicas: undefined };
    const there = [
      live("CronJob/batch/report"),
      live("Job/batch/migrate"),
      live("DaemonSet/kube/agent", { replicas: 7 }),
      live("Deployment/shop/api", {
        replicas: 3,
        annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api" },
        containers: [
          container("app", { resources: { requests: { cpu: "0.50", memory: "1G" }, limits: { cpu: "2" } } }),
          container("proxy", { resources: { requests: {}, limits: {} } }),
          container("migrate", { role: "init" }),
          container("mesh", { role: "sidecar" }),
        ],
      }),
      live("Rollout/shop/web", { replicas: 2 }),
      live("StatefulSet/shop/database", { replicas: 0 }),
    ];
    const { workloads, warnings } = await discover();
    const expected = there.map((each) =>
      ["Job", "CronJob"].includes(each.kind) ? { ...each, ...jobs } : each,
    );
    expect(workloads).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test("a cluster without Argo Rollouts is nothing to warn of", async () => {
    live("Deployment/shop/api");
    expect(cluster.api.objects.has(RESOURCE_OF.Rollout)).toBe(false);
    const { workloads, warnings } = await discover();
    expect(keys(workloads)).toEqual(["Deployment/shop/api"]);
    expect(warnings).toEqual([]);
  });

  test("an empty cluster has no workloads and no warnings", async () => {
    expect(await discover()).toMatchObject({ workloads: [], warnings: [] });
  });

  test("the jobs of a cron job are the cron job's, a job of somebody else's operator is listed", async () => {
    live("CronJob/batch/report");
    const run = (name: string, apiVersion: string, kind: string) =>
      objectOf(workload(idOf(`Job/batch/${name}`)), {
        ownerReferences: [{ apiVersion, kind, name: "report", uid: "1", controller: true }],
      });
    cluster.api.add(RESOURCE_OF.Job, run("report-28917360", "batch/v1", "CronJob"));
    cluster.api.add(RESOURCE_OF.Job, run("backup", "backup.example/v1", "CronJob"));
    const { workloads } = await discover();
    expect(keys(workloads)).toEqual(["CronJob/batch/report", "Job/batch/backup"]);
  });
});

describe("a rollout that uses another object's pod template", () => {
  beforeEach(() => cluster.api.add(RESOURCE_OF.Rollout));

  test("is listed once, with the deployment's containers, and the deployment is not", async () => {
    const lender = live("Deployment/shop/api", { replicas: 0, containers: [container("lent")] });
    live("Deployment/other/api");
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "api-rollout", "Deployment", "api"));
    const { workloads, warnings } = await discover();
    expect(keys(workloads)).toEqual(["Deployment/other/api", "Rollout/shop/api-rollout"]);
    expect(workloads[1]).toMatchObject({ replicas: 4, containers: lender.containers });
    expect(cluster.api.requests.filter(({ verb }) => verb === "get")).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test("is read from a replica set, which is not listed but got", async () => {
    cluster.api.add("apps/v1/replicasets", objectOf(workload(idOf("Deployment/shop/old"))));
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "web", "ReplicaSet", "old"));
    const { workloads } = await discover();
    expect(workloads[0]?.containers).toEqual([container("app")]);
    const asked = cluster.api.requests.filter(({ resource }) => resource === "replicasets");
    expect(asked).toMatchObject([{ verb: "get", namespace: "shop", name: "old" }]);
  });

  test("is left out with a warning when the template is missing, unreadable, or of a kind that Argo does not know", async () => {
    live("StatefulSet/shop/database");
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "lost", "Deployment", "gone"));
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "secret", "ReplicaSet", "hidden"));
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "strange", "StatefulSet", "database"));
    cluster.api.allows = ({ verb, resource }) => !(verb === "get" && resource === "replicasets");
    const { workloads, warnings } = await discover();
    expect(keys(workloads)).toEqual(["StatefulSet/shop/database"]);
    expect(warnings).toEqual([
      'Missing permission: verb "get" on resource "replicasets" in API group "apps", in namespace "shop": pod templates of ReplicaSets are not seen. Grant it (deploy/rbac.yaml)',
      "Rollout/shop/lost is left out: its workloadRef, Deployment gone, is not there",
      "Rollout/shop/secret is left out: its workloadRef, ReplicaSet hidden, may not be read",
      "Rollout/shop/strange is left out: its workloadRef is to neither a Deployment nor a ReplicaSet of apps/v1",
    ]);
  });

  test("is selected by its own labels, or by those of the deployment", async () => {
    live("Deployment/shop/api", { labels: { team: "shop" } });
    live("Deployment/shop/web", { labels: { team: "web" } });
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "api-rollout", "Deployment", "api"));
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "web-rollout", "Deployment", "web"));
    const byLender = await discover({ labels: { team: "shop" } });
    expect(keys(byLender.workloads)).toEqual(["Rollout/shop/api-rollout"]);
    const byItself = await discover({ labels: { app: "web-rollout" } });
    expect(byItself.workloads).toMatchObject([{ name: "web-rollout", containers: [{ name: "app" }] }]);
  });
});

describe("autoscalers", () => {
  test("belong to the workload that they scale, by whole pods or by one container", async () => {
    const scaled = live("Deployment/shop/api");
    live("StatefulSet/shop/api");
    const rollout = live("Rollout/shop/web");
    const metrics = [
      metric("memory"),
      metric("cpu"),
      metric("cpu", "app"),
      { type: "External", external: { metric: { name: "queue" } } },
    ];
    cluster.api.add("autoscaling/v2/horizontalpodautoscalers", autoscalerObject(scaled, { metrics }));
    cluster.api.add(
      "autoscaling/v2/horizontalpodautoscalers",
      autoscalerObject(rollout, { metrics: [metric("cpu")] }),
    );
    const { workloads } = await discover();
    expect(workloads.map(({ kind, autoscalers }) => [kind, autoscalers])).toEqual([
      [
        "Deployment",
        [
          { name: "api-hpa", resources: ["cpu", "memory"] },
          { name: "api-hpa", resources: ["cpu"], container: "app" },
        ],
      ],
      ["Rollout", [{ name: "web-hpa", resources: ["cpu"] }]],
      ["StatefulSet", []],
    ]);
  });

  test("of the deployment that a rollout stands in for are the rollout's", async () => {
    const lender = live("Deployment/shop/api", { replicas: 0 });
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "api-rollout", "Deployment", "api"));
    cluster.api.add(
      "autoscaling/v2/horizontalpodautoscalers",
      autoscalerObject(lender, { metrics: [metric("cpu")] }),
    );
    const { workloads } = await discover();
    expect(workloads[0]?.autoscalers).toEqual([{ name: "api-hpa", resources: ["cpu"] }]);
  });

  test("are read from v1, with its annotation for memory, where v2 is not served", async () => {
    const scaled = live("Deployment/shop/api");
    const others = JSON.stringify([metric("memory"), { type: "Pods" }, null]);
    cluster.api.objects.delete("autoscaling/v2/horizontalpodautoscalers");
    cluster.api.add(
      "autoscaling/v1/horizontalpodautoscalers",
      autoscalerObject(
        scaled,
        { targetCPUUtilizationPercentage: 80 },
        { "autoscaling.alpha.kubernetes.io/metrics": others },
      ),
    );
    const { workloads, warnings } = await discover();
    expect(workloads[0]?.autoscalers).toEqual([{ name: "api-hpa", resources: ["cpu", "memory"] }]);
    expect(warnings).toEqual([]);
  });
});

describe("asking", () => {
  test("long lists come in pages, none lost and none twice, few lists at once, every request counted", async () => {
    const names = Array.from(
      { length: 23 },
      (_, index) => `Deployment/shop/app-${String(index).padStart(2, "0")}`,
    );
    for (const name of names) live(name);
    const { workloads, cost } = await discover({}, { pageSize: 5, listsInFlight: 2 });
    expect(keys(workloads)).toEqual(names);
    const pages = cluster.api.requests.filter(({ resource }) => resource === "deployments");
    expect(pages.map(({ query }) => query.get("limit"))).toEqual(["5", "5", "5", "5", "5"]);
    expect(cluster.api.busiest).toBeLessThanOrEqual(2);
    expect(cost.requests).toBe(cluster.api.requests.length);
    expect(cost.bytes).toBeGreaterThan(1000);
  });

  test("connections are used again, and none is left open", async () => {
    for (let index = 0; index < 40; index++) live(`Deployment/shop/app-${index}`);
    await discover({}, { pageSize: 1, listsInFlight: 3 });
    expect(cluster.api.requests.length).toBeGreaterThan(40);
    // The pool may open another while one is just becoming free.
    expect(cluster.api.connections.made).toBeLessThan(15);
    await vi.waitFor(() => expect(cluster.api.connections.open).toBe(0));
  });

  test("only the selected namespaces are asked for, the labels by the server", async () => {
    live("Deployment/shop/api", { labels: { team: "a", tier: "web" } });
    live("Deployment/shop/other", { labels: { team: "b", tier: "web" } });
    live("StatefulSet/data/db", { labels: { team: "a", tier: "web" } });
    live("Deployment/hidden/api", { labels: { team: "a", tier: "web" } });
    const labels = { team: "a", tier: "web" };
    const { workloads } = await discover({ namespaces: ["shop", "data", "shop"], labels });
    expect(keys(workloads)).toEqual(["StatefulSet/data/db", "Deployment/shop/api"]);
    const namespaced = cluster.api.requests.filter(({ resource }) => resource !== "nodes");
    expect(new Set(namespaced.map(({ namespace }) => namespace))).toEqual(new Set(["shop", "data"]));
    const deployments = cluster.api.requests.filter(({ resource }) => resource === "deployments");
    expect(deployments.map(({ query }) => query.get("labelSelector"))).toEqual([
      "team=a,tier=web",
      "team=a,tier=web",
    ]);
  });

  test("a namespace that is no name of one is refused before anything is asked", async () => {
    await expect(discover({ namespaces: [".."] })).rejects.toThrow(
      '--namespace ".." is no name of a namespace',
    );
    expect(cluster.api.requests).toEqual([]);
  });

  test("deploy/rbac.yaml grants exactly what is asked for", async () => {
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "one", "Deployment", "elsewhere"));
    cluster.api.add(RESOURCE_OF.Rollout, referringRollout("shop", "two", "ReplicaSet", "elsewhere"));
    cluster.api.add("argoproj.io/v1alpha1/applications", applicationObject("shop"));
    cluster.api.add("autoscaling.k8s.io/v1/verticalpodautoscalers");
    const access = { kubeconfig: await cluster.api.kubeconfig() };
    await using watched = watchedInventory(access, { report: { restarted() {}, wasRead() {} } });
    await watched.discover({ namespaces: [], labels: {} });
    await watched.history({ namespaces: [], labels: {} });
    await cluster.deliveries();
    const live = kubernetesLive(access, () => undefined);
    await live.look(WORKLOAD_KINDS.map((kind) => ({ kind, namespace: "shop", name: "none" })));
    const askedFor = (): string[] =>
      cluster.api.requests.map(({ verb, group, resource }) => `${verb} ${resource}.${group}`);
    const role: { rules: Record<"apiGroups" | "resources" | "verbs", string[]>[] } = parse(
      await readFile("deploy/rbac.yaml", "utf8"),
    );
    const granted = role.rules.flatMap(({ apiGroups, resources, verbs }) =>
      verbs.flatMap((verb) =>
        resources.flatMap((resource) => apiGroups.map((group) => `${verb} ${resource}.${group}`)),
      ),
    );
    await vi.waitFor(() => expect(granted.toSorted()).toEqual([...new Set(askedFor())].toSorted()), 4000);
  });
});
