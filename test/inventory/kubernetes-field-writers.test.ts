import { expect, test } from "vitest";
import type { FieldWriter } from "../../src/domain/workload.ts";
import { container, objectOf, RESOURCE_OF, workload } from "../support/kubernetes-objects.ts";
import { idOf, testCluster } from "./test-cluster.ts";

const cluster = testCluster();

/** As an API server writes it: what a manager owns of a container's resources. */
function entry(manager: string, requests: readonly string[], change: object = {}): object {
  const resources = {
    "f:resources": { "f:requests": Object.fromEntries(requests.map((name) => [`f:${name}`, {}])) },
  };
  const pod = { "f:containers": { 'k:{"name":"app"}': { ".": {}, "f:image": {}, ...resources } } };
  return {
    manager,
    operation: "Update",
    apiVersion: "apps/v1",
    time: "2026-11-03T09:12:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": { "f:template": { "f:spec": pod } } },
    ...change,
  };
}

async function writers(key: string, managedFields: unknown): Promise<readonly FieldWriter[] | undefined> {
  const live = workload(idOf(key), { replicas: 1, containers: [container("app"), container("proxy")] });
  cluster.api.add(RESOURCE_OF[live.kind], objectOf(live, { managedFields }));
  const { workloads } = await cluster.discover();
  return workloads[0]?.containers[0]?.writers;
}

test("who last wrote the numbers of a container is told by name and time", async () => {
  const found = await writers("Deployment/shop/api", [
    entry("argocd-controller", ["memory"], { operation: "Apply" }),
    entry("kubectl-edit", ["cpu"]),
    {
      manager: "kube-controller-manager",
      operation: "Update",
      subresource: "status",
      fieldsV1: { "f:status": {} },
    },
  ]);
  const atMs = Date.parse("2026-11-03T09:12:00Z");
  expect(found).toEqual([
    { manager: "argocd-controller", operation: "Apply", fields: ["requests.memory"], atMs },
    { manager: "kubectl-edit", operation: "Update", fields: ["requests.cpu"], atMs },
  ]);
});

test("of a CronJob it is told of the template of its jobs", async () => {
  const pod = {
    "f:containers": { 'k:{"name":"app"}': { "f:resources": { "f:limits": { "f:memory": {} } } } },
  };
  const template = { "f:template": { "f:spec": pod } };
  const fieldsV1 = { "f:spec": { "f:jobTemplate": { "f:spec": template } } };
  expect(await writers("CronJob/batch/report", [entry("helm", [], { fieldsV1 })])).toMatchObject([
    { manager: "helm", fields: ["limits.memory"] },
  ]);
});

test.each([
  ["nothing", undefined],
  ["no list", { a: 1 }],
  [
    "entries of other shapes",
    [
      null,
      7,
      { manager: "" },
      entry("x", ["cpu"], { operation: "Delete" }),
      entry("y", [], { fieldsV1: "f:spec" }),
    ],
  ],
])("%s tells of nobody", async (_what, managedFields) => {
  expect(await writers("Deployment/shop/api", managedFields)).toBeUndefined();
});
