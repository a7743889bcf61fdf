import { describe, expect, test } from "vitest";
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import type { KubernetesObject } from "../support/kubernetes-api.ts";
import { testCluster } from "./test-cluster.ts";

const cluster = testCluster();

const AT = "2026-11-20T12:00:00Z";

function owned(name: string, kind: string, owner: string, rest: object): KubernetesObject {
  const ownerReferences = [{ apiVersion: "apps/v1", kind, name: owner, controller: true, uid: "1" }];
  const annotations = { "deployment.kubernetes.io/revision": "3" };
  return {
    metadata: { name, namespace: "shop", creationTimestamp: AT, ownerReferences, annotations },
    ...rest,
  };
}

function template(image: string) {
  return { spec: { template: { spec: { containers: [{ name: "app", image, env: [] }] } } } };
}

async function history() {
  const inventory = kubernetesInventory({ kubeconfig: await cluster.api.kubeconfig() });
  return await inventory.history({ namespaces: [], labels: {} });
}

describe("what a cluster remembers of its pods", () => {
  test("are their images, what controls them, and when they were killed for lack of memory", async () => {
    const status = {
      containerStatuses: [
        {
          name: "app",
          restartCount: 4,
          state: { running: {} },
          lastState: { terminated: { reason: "OOMKilled", exitCode: 137, finishedAt: AT } },
        },
        { name: "proxy", state: {}, lastState: { terminated: { reason: "Error", finishedAt: AT } } },
      ],
    };
    const spec = {
      containers: [
        { name: "app", image: "api:2" },
        { name: "odd", image: 7 },
      ],
    };
    cluster.api.add("/v1/pods", owned("api-5d9-x2x4z", "ReplicaSet", "api-5d9", { spec, status }));
    expect(await history()).toEqual({
      pods: [
        {
          namespace: "shop",
          name: "api-5d9-x2x4z",
          controller: { kind: "ReplicaSet", name: "api-5d9" },
          images: new Map([["app", "api:2"]]),
          oomKills: [{ container: "app", atMs: Date.parse(AT) }],
        },
      ],
      revisions: [],
      warnings: [],
    });
  });

  test("are the templates that Deployments, StatefulSets and DaemonSets had", async () => {
    cluster.api.add("apps/v1/replicasets", owned("api-5d9", "Deployment", "api", template("api:2")));
    cluster.api.add("apps/v1/replicasets", owned("lone", "Something", "else", template("lone:1")));
    cluster.api.add(
      "apps/v1/controllerrevisions",
      owned("db-7c8", "StatefulSet", "db", { revision: 5, data: template("db:16") }),
    );
    const { revisions } = await history();
    const made = { namespace: "shop", madeMs: Date.parse(AT) };
    expect(revisions).toEqual([
      {
        ...made,
        name: "api-5d9",
        workload: { kind: "Deployment", name: "api" },
        number: 3,
        images: new Map([["app", "api:2"]]),
      },
      {
        ...made,
        name: "db-7c8",
        workload: { kind: "StatefulSet", name: "db" },
        number: 5,
        images: new Map([["app", "db:16"]]),
      },
    ]);
  });

  test("is told as far as it may be read, with the rules that are missing", async () => {
    cluster.api.allows = ({ resource }) => resource !== "pods" && resource !== "controllerrevisions";
    cluster.api.add("apps/v1/replicasets", owned("api-5d9", "Deployment", "api", template("api:2")));
    const { revisions, warnings } = await history();
    expect(revisions).toHaveLength(1);
    expect(warnings.map((warning) => warning.split(",")[0])).toEqual([
      'Missing permission: verb "list" on resource "controllerrevisions" in API group "apps"',
      'Missing permission: verb "list" on resource "pods" in API group ""',
    ]);
  });
});
