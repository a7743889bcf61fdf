import { expect, it } from "vitest";
import { type WorkloadId, workloadKey } from "../../src/domain/workload.ts";
import { type OwnerLink, type OwnerLinks, workloadOfPod } from "../../src/metrics/owners.ts";

const NONE: OwnerLinks = { pods: [], replicaSets: [], jobs: [] };

it("a pod belongs to what owns its ReplicaSet, whichever generation that is", () => {
  const owner = find({
    pods: [link("api-7f9c-x", "ReplicaSet", "api-7f9c"), link("api-5d4b-x", "ReplicaSet", "api-5d4b")],
    replicaSets: [link("api-7f9c", "Deployment", "api"), link("api-5d4b", "Rollout", "api")],
  });
  expect(owner("api-7f9c-x")).toBe("Deployment/shop/api");
  expect(owner("api-5d4b-x")).toBe("Rollout/shop/api");
});

it("a pod of a StatefulSet or DaemonSet belongs to it, a pod of a bare Job to the Job, of others to the CronJob", () => {
  const owner = find({
    pods: [
      link("db-0", "StatefulSet", "db"),
      link("agent-x", "DaemonSet", "agent"),
      link("import-x", "Job", "import"),
      link("backup-28-x", "Job", "backup-28"),
      link("lonely-x", "Job", "lonely"),
    ],
    jobs: [link("import", "", ""), link("backup-28", "CronJob", "backup")],
  });
  expect(["db-0", "agent-x", "import-x", "backup-28-x", "lonely-x"].map(owner)).toEqual([
    "StatefulSet/shop/db",
    "DaemonSet/shop/agent",
    "Job/shop/import",
    "CronJob/shop/backup",
    "Job/shop/lonely",
  ]);
});

it("a ReplicaSet without owner series falls back to its name, if a Deployment of that name exists", () => {
  const pods = [link("api-7d4b9c6f5-abcde", "ReplicaSet", "api-7d4b9c6f5")];
  expect(find({ pods }, "Deployment/shop/api")("api-7d4b9c6f5-abcde")).toBe("Deployment/shop/api");
  expect(find({ pods }, "Deployment/data/api")("api-7d4b9c6f5-abcde")).toBeUndefined();
  expect(find({ pods }, "StatefulSet/shop/api")("api-7d4b9c6f5-abcde")).toBeUndefined();
});

it("a ReplicaSet that is known to have no owner belongs to nothing, and so do bare and foreign pods", () => {
  const owner = find(
    {
      pods: [
        link("api-7d4b9c6f5-x", "ReplicaSet", "api-7d4b9c6f5"),
        link("bare-7d4b9c6f5-bcdfg", "", ""),
        link("etcd-node1", "Node", "node1"),
      ],
      replicaSets: [link("api-7d4b9c6f5", "", "")],
    },
    "Deployment/shop/api",
    "Deployment/shop/bare",
  );
  expect(["api-7d4b9c6f5-x", "bare-7d4b9c6f5-bcdfg", "etcd-node1"].map(owner)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it("an owner beats none, in whichever order they come", () => {
  const adopted = [link("db-0", "", ""), link("db-0", "StatefulSet", "db")];
  expect(find({ pods: adopted })("db-0")).toBe("StatefulSet/shop/db");
  expect(find({ pods: adopted.toReversed() })("db-0")).toBe("StatefulSet/shop/db");
});

it("without kube-state-metrics the names of pods decide, as far as they are clear", () => {
  const owner = find(
    {},
    "Deployment/shop/api",
    "StatefulSet/shop/db",
    "DaemonSet/shop/agent",
    "CronJob/shop/backup",
    "Job/shop/import",
    "Deployment/shop/both",
    "Rollout/shop/both",
  );
  expect(owner("api-7d4b9c6f5-2x7vz")).toBe("Deployment/shop/api");
  expect(owner("db-12")).toBe("StatefulSet/shop/db");
  expect(owner("agent-2x7vz")).toBe("DaemonSet/shop/agent");
  expect(owner("backup-29456160-2x7vz")).toBe("CronJob/shop/backup");
  expect(owner("import-2x7vz")).toBe("Job/shop/import");
  expect(owner("import-3-2x7vz")).toBe("Job/shop/import");
  expect(owner("both-7d4b9c6f5-2x7vz")).toBeUndefined();
  expect(owner("other-7d4b9c6f5-2x7vz")).toBeUndefined();
});

function link(name: string, ownerKind: string, ownerName: string): OwnerLink {
  return { namespace: "shop", name, ownerKind, ownerName };
}

function find(links: Partial<OwnerLinks>, ...existing: string[]): (pod: string) => string | undefined {
  const owner = workloadOfPod({ ...NONE, ...links }, (id: WorkloadId) => existing.includes(workloadKey(id)));
  return (pod) => {
    const id = owner("shop", pod);
    return id === undefined ? undefined : workloadKey(id);
  };
}
