import { expect, it } from "vitest";
import type { Discovery } from "../../src/inventory/inventory.ts";
import { discovered } from "./recorded-state.ts";

const DEPLOYMENT = 'kube_deployment_spec_replicas{namespace="shop",deployment="api"} 2';

function replicaSet(name: string, created: number, replicas: number): string[] {
  const labels = `namespace="shop",replicaset="${name}"`;
  return [
    `kube_replicaset_owner{${labels},owner_kind="Deployment",owner_name="api",owner_is_controller="true"} 1`,
    `kube_replicaset_created{${labels}} ${created}`,
    `kube_replicaset_spec_replicas{${labels}} ${replicas}`,
  ];
}

function pod(name: string, ownerKind: string, ownerName: string, created: number, cores: number): string[] {
  const labels = `namespace="shop",pod="${name}"`;
  return [
    `kube_pod_owner{${labels},owner_kind="${ownerKind}",owner_name="${ownerName}",owner_is_controller="true"} 1`,
    `kube_pod_created{${labels}} ${created}`,
    `kube_pod_container_info{${labels},container="app",image="",image_spec="app:1"} 1`,
    `kube_pod_container_resource_requests{${labels},container="app",resource="cpu",unit="core"} ${cores}`,
  ];
}

const cpuOf = ({ workloads }: Discovery): (string | undefined)[] =>
  workloads.map(({ containers }) => containers[0]?.resources.requests.cpu);

it("in a rollout the new ReplicaSet counts, even if the old one made the newest pod", async () => {
  const found = await discovered(
    DEPLOYMENT,
    ...replicaSet("api-old", 100, 1),
    ...replicaSet("api-new", 400, 1),
    ...pod("api-old-b", "ReplicaSet", "api-old", 500, 0.1),
    ...pod("api-new-b", "ReplicaSet", "api-new", 410, 0.2),
  );
  expect(cpuOf(found)).toEqual(["200m"]);
});

it("after a rollback the old ReplicaSet counts, even while pods of the new one end", async () => {
  const found = await discovered(
    DEPLOYMENT,
    ...replicaSet("api-old", 100, 2),
    ...replicaSet("api-new", 400, 0),
    ...pod("api-old-b", "ReplicaSet", "api-old", 400, 0.1),
    ...pod("api-new-b", "ReplicaSet", "api-new", 410, 0.2),
  );
  expect(cpuOf(found)).toEqual(["100m"]);
});

it("of other kinds the newest pod counts", async () => {
  const found = await discovered(
    'kube_statefulset_replicas{namespace="shop",statefulset="db"} 2',
    ...pod("db-0", "StatefulSet", "db", 300, 0.3),
    ...pod("db-1", "StatefulSet", "db", 200, 0.2),
  );
  expect(cpuOf(found)).toEqual(["300m"]);
  expect(found.workloads[0]?.containers[0]?.image).toBe("app:1");
});

it("a workload that never had a pod is left out, with a warning", async () => {
  const { workloads, warnings } = await discovered(DEPLOYMENT);
  expect(workloads).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining("unknown: Deployment/shop/api")]);
});

it("an autoscaler counts for shares of CPU and memory only, and Jobs of CronJobs are not listed", async () => {
  const scaler = 'namespace="shop",horizontalpodautoscaler="scaler"';
  const { workloads } = await discovered(
    'kube_cronjob_info{namespace="shop",cronjob="nightly"} 1',
    'kube_job_info{namespace="shop",job_name="nightly-29456160"} 1',
    'kube_job_owner{namespace="shop",job_name="nightly-29456160",owner_kind="CronJob",owner_name="nightly"} 1',
    ...pod("nightly-29456160-b", "Job", "nightly-29456160", 100, 1.5),
    'kube_statefulset_replicas{namespace="shop",statefulset="db"} 2',
    ...pod("db-0", "StatefulSet", "db", 300, 0.3),
    `kube_horizontalpodautoscaler_info{${scaler},scaletargetref_kind="StatefulSet",scaletargetref_name="db"} 1`,
    `kube_horizontalpodautoscaler_spec_target_metric{${scaler},metric_name="queue",metric_target_type="average"} 5`,
    `kube_horizontalpodautoscaler_spec_target_metric{${scaler},metric_name="cpu",metric_target_type="average"} 0.5`,
    `kube_horizontalpodautoscaler_spec_target_metric{${scaler},metric_name="memory",metric_target_type="utilization"} 80`,
  );
  expect(workloads.map(({ kind, name, autoscalers }) => [kind, name, autoscalers])).toEqual([
    ["CronJob", "nightly", []],
    ["StatefulSet", "db", [{ name: "scaler", resources: ["memory"] }]],
  ]);
});
