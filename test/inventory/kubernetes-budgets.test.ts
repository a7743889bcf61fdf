import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../support/kubernetes-api.ts";
import { objectOf, workload } from "../support/kubernetes-objects.ts";
import { idOf, testCluster } from "./test-cluster.ts";

const cluster = testCluster();

const BUDGETS = "policy/v1/poddisruptionbudgets";
const COUNTED = { observedGeneration: 1, desiredHealthy: 2, expectedPods: 3, disruptionsAllowed: 1 };

function budget(name: string, selector: object, status: object = COUNTED, namespace = "shop") {
  return { metadata: { name, namespace, generation: 1 }, spec: { minAvailable: 2, selector }, status };
}

function labelled(key: string, labels: object): KubernetesObject {
  const object = objectOf(workload(idOf(key), { labels: { app: "of the object, not of its pods" } }));
  return { ...object, spec: { ...Object(object["spec"]), template: { metadata: { labels }, spec: {} } } };
}

async function budgetsOf(): Promise<unknown> {
  const { workloads } = await cluster.discover();
  return Object.fromEntries(workloads.map(({ name, disruptionBudgets }) => [name, disruptionBudgets]));
}

describe("a PodDisruptionBudget", () => {
  test("protects the workloads of its namespace whose pods carry the labels it selects", async () => {
    cluster.api.add("apps/v1/deployments", labelled("Deployment/shop/api", { app: "api", tier: "front" }));
    cluster.api.add("apps/v1/deployments", labelled("Deployment/shop/web", { app: "web", tier: "front" }));
    cluster.api.add("apps/v1/statefulsets", labelled("StatefulSet/other/db", { app: "api" }));
    cluster.api.add(
      BUDGETS,
      budget("api", { matchLabels: { app: "api" } }),
      budget("front", { matchExpressions: [{ key: "tier", operator: "Exists" }] }),
    );
    const [api, front] = ["api", "front"].map((name) => ({ name, counts: { mustStay: 2, pods: 3 } }));
    expect(await budgetsOf()).toEqual({ api: [api, front], web: [front], db: undefined });
  });

  test("whose controller has not counted yet is told without numbers", async () => {
    cluster.api.add("apps/v1/deployments", labelled("Deployment/shop/api", { app: "api" }));
    cluster.api.add(
      BUDGETS,
      budget("new", { matchLabels: {} }, { observedGeneration: 0, desiredHealthy: 0, expectedPods: 0 }),
    );
    expect(await budgetsOf()).toEqual({ api: [{ name: "new" }] });
  });

  test("that may not be read is a warning, and the rest is found", async () => {
    cluster.live("Deployment/shop/api");
    cluster.api.allows = ({ resource }) => resource !== "poddisruptionbudgets";
    const { workloads, warnings } = await cluster.discover();
    expect(workloads).toHaveLength(1);
    expect(warnings).toEqual([
      'Missing permission: verb "list" on resource "poddisruptionbudgets" in API group "policy", in every namespace: which PodDisruptionBudgets protect workloads is not seen. Grant it (deploy/rbac.yaml)',
    ]);
  });
});
