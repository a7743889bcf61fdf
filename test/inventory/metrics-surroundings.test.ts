import { describe, expect, it, test } from "vitest";
import { discovered } from "./recorded-state.ts";

/** A StatefulSet, `shop/db`, with a pod. */
const DB = [
  'kube_statefulset_replicas{namespace="shop",statefulset="db"} 1',
  'kube_pod_owner{namespace="shop",pod="db-0",owner_kind="StatefulSet",owner_name="db"} 1',
  'kube_pod_container_info{namespace="shop",pod="db-0",container="app",image="app:1"} 1',
];

const node = (name: string, cores: number, bytes: number): string[] => [
  `kube_node_status_allocatable{node="${name}",resource="cpu",unit="core"} ${cores}`,
  `kube_node_status_allocatable{node="${name}",resource="memory",unit="byte"} ${bytes}`,
  `kube_node_status_allocatable{node="${name}",resource="pods",unit="integer"} 110`,
];

test("nodes are those that take pods", async () => {
  const { surroundings } = await discovered(
    ...DB,
    ...node("small", 1.93, 4e9),
    ...node("big", 15.89, 64e9),
    ...node("drained", 64, 512e9),
    'kube_node_status_allocatable{node="half",resource="cpu",unit="core"} 8',
    'kube_node_spec_unschedulable{node="big"} 0',
    'kube_node_spec_unschedulable{node="drained"} 1',
  );
  expect(surroundings?.nodes).toEqual([
    { name: "big", cores: 15.89, bytes: 64e9 },
    { name: "small", cores: 1.93, bytes: 4e9 },
  ]);
});

test("limit ranges are those of containers and pods", async () => {
  const range = (name: string, resource: string, constraint: string, type = "Container"): string =>
    `kube_limitrange{namespace="shop",limitrange="${name}",resource="${resource}",type="${type}",constraint="${constraint}"}`;
  const { surroundings } = await discovered(
    ...DB,
    `${range("bounds", "cpu", "max")} 4`,
    `${range("bounds", "memory", "max")} 8589934592`,
    `${range("bounds", "cpu", "min")} 0.01`,
    `${range("bounds", "memory", "maxLimitRequestRatio")} 1.5`,
    `${range("bounds", "memory", "default")} 1073741824`,
    `${range("bounds", "cpu", "max", "Pod")} 8`,
    `${range("volumes", "storage", "max", "PersistentVolumeClaim")} 1e9`,
  );
  expect(surroundings?.containerRanges).toEqual([
    {
      namespace: "shop",
      name: "bounds",
      min: { cpu: "10m" },
      max: { cpu: "4", memory: "8Gi" },
      defaultLimit: { memory: "1Gi" },
      maxLimitRequestRatio: { memory: "1.5" },
      podMax: { cpu: "8" },
    },
  ]);
});

test("quotas are those of CPU and memory, in each way to write them", async () => {
  const quota = (name: string, resource: string, type: string): string =>
    `kube_resourcequota{namespace="shop",resourcequota="${name}",resource="${resource}",type="${type}"}`;
  const { surroundings } = await discovered(
    ...DB,
    `${quota("compute", "requests.cpu", "hard")} 20`,
    `${quota("compute", "requests.cpu", "used")} 12.5`,
    `${quota("compute", "limits.memory", "hard")} 1073741824`,
    `${quota("compute", "limits.memory", "used")} 0`,
    `${quota("plain", "memory", "hard")} 2147483648`,
    `${quota("plain", "memory", "used")} 1048576`,
    `${quota("objects", "secrets", "hard")} 10`,
  );
  expect(surroundings?.quotas).toEqual([
    {
      namespace: "shop",
      name: "compute",
      hard: { requests: { cpu: "20" }, limits: { memory: "1Gi" } },
      used: { requests: { cpu: "12500m" }, limits: { memory: "0" } },
    },
    {
      namespace: "shop",
      name: "plain",
      hard: { requests: { memory: "2Gi" }, limits: {} },
      used: { requests: { memory: "1Mi" }, limits: {} },
    },
  ]);
});

test("what kube-state-metrics does not export bounds nothing", async () => {
  const { surroundings, warnings } = await discovered(...DB);
  expect(surroundings).toEqual({ nodes: [], containerRanges: [], quotas: [] });
  expect(warnings).toEqual([]);
});

describe("a vertical autoscaler", () => {
  const mode = (name: string, set: number, metric = "kube_customresource_verticalpodautoscaler"): string =>
    `${metric}_spec_updatepolicy_updatemode{namespace="shop",verticalpodautoscaler="db-vpa",target_kind="StatefulSet",target_name="db",update_mode="${name}"} ${set}`;
  const acting = async (...samples: string[]): Promise<unknown> =>
    (await discovered(...DB, ...samples)).workloads[0]?.verticalAutoscaler;

  it("is read from either generation of its metric", async () => {
    expect(await acting(mode("Auto", 1))).toEqual({ name: "db-vpa", acts: true });
    expect(await acting(mode("Initial", 1, "kube_verticalpodautoscaler"))).toEqual({
      name: "db-vpa",
      acts: true,
    });
  });

  it("only advises in mode Off", async () => {
    expect(await acting(mode("Off", 1), mode("Auto", 0))).toEqual({ name: "db-vpa", acts: false });
  });

  it("acts in a mode that its metric does not know", async () => {
    expect(await acting(mode("Off", 0), mode("Auto", 0))).toEqual({ name: "db-vpa", acts: true });
  });

  it("is none where there is no metric of it, or it aims at another workload", async () => {
    expect(await acting()).toBeUndefined();
    expect(await acting(mode("Auto", 1).replace('target_name="db"', 'target_name="other"'))).toBeUndefined();
  });
});

test("how many pods of a Deployment may be missing says whether an update starts one before it stops one", async () => {
  const deployment = (name: string, ...more: string[]): string[] => [
    `kube_deployment_spec_replicas{namespace="shop",deployment="${name}"} 3`,
    `kube_replicaset_owner{namespace="shop",replicaset="${name}-1",owner_kind="Deployment",owner_name="${name}"} 1`,
    `kube_pod_owner{namespace="shop",pod="${name}-1-a",owner_kind="ReplicaSet",owner_name="${name}-1"} 1`,
    `kube_pod_container_info{namespace="shop",pod="${name}-1-a",container="app",image="app:1"} 1`,
    ...more,
  ];
  const may = (what: "unavailable" | "surge", name: string, count: number): string =>
    `kube_deployment_spec_strategy_rollingupdate_max_${what}{namespace="shop",deployment="${name}"} ${count}`;
  const { workloads } = await discovered(
    ...deployment("all-stay", may("unavailable", "all-stay", 0), may("surge", "all-stay", 1)),
    ...deployment("none-more", may("unavailable", "none-more", 0), may("surge", "none-more", 0)),
    ...deployment("one-goes", may("unavailable", "one-goes", 1)),
    ...deployment("unknown"),
  );
  expect(workloads.map(({ podsBesideUpdate }) => podsBesideUpdate)).toEqual([1, 0, 0, undefined]);
});
