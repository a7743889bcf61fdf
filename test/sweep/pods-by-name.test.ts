import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import type { ClusterConfig } from "../../src/config/schema.ts";
import { measuredUse } from "../../src/sweep/checks/measured-use.ts";
import { observeContainers } from "../../src/sweep/observe-containers.ts";
import { openCluster } from "../../src/sweep/open/open-cluster.ts";
import { noStore } from "../../src/usage/store/no-store.ts";
import { DAY_MS } from "../../src/usage/usage.ts";
import { deployment } from "../gitops/files.ts";
import { scanFiles } from "../gitops/scan-files.ts";

const START = 20_000 * DAY_MS;
const window = { startMs: START, endMs: START + DAY_MS };

/** `cdn` might be a ReplicaSet's hash, so that the name of the DaemonSet's gone pod says nothing of whose it is. */
const LINES = [
  'kube_deployment_spec_replicas{namespace="shop",deployment="web"} 1',
  'kube_daemonset_status_desired_number_scheduled{namespace="shop",daemonset="web-cdn"} 1',
  'kube_replicaset_owner{namespace="shop",replicaset="web-1",owner_kind="Deployment",owner_name="web"} 1',
  'kube_pod_owner{namespace="shop",pod="web-1-a",owner_kind="ReplicaSet",owner_name="web-1"} 1',
  'kube_pod_container_info{namespace="shop",pod="web-1-a",container="app",image="app:1"} 1',
  'kube_pod_owner{namespace="shop",pod="web-cdn-a",owner_kind="DaemonSet",owner_name="web-cdn"} 1',
  'kube_pod_container_info{namespace="shop",pod="web-cdn-a",container="app",image="app:1"} 1',
  'container_memory_working_set_bytes{namespace="shop",pod="web-1-a",container="app"} 5',
  'container_memory_working_set_bytes{namespace="shop",pod="web-cdn-bcdfg",container="app"} 500',
].map((line) => `${line} ${START / 1000}`);

describe("a pod that may be of several workloads by its name is of none", () => {
  let folder: string;
  let cluster: ClusterConfig;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loadline-names-"));
    await writeFile(join(folder, "usage.om"), [...LINES, "# EOF\n"].join("\n"));
    const text = "version: 1\nclusters: [{name: prod, metricsFile: usage.om}]\n";
    const [prod] = parseConfig(text, "loadline.yaml").clusters;
    if (prod === undefined) throw new Error("no cluster");
    cluster = prod;
  });
  afterAll(() => rm(folder, { recursive: true }));

  const quiet = { warn: () => {}, progress: () => {}, signal: new AbortController().signal };

  test.each([undefined, ["Deployment/shop/web"]])("where asked for are %j", async (only) => {
    const observed = await observeContainers(cluster, { folder, window, only, ...quiet });
    expect(observed.map(({ workload, usage }) => [workload, usage.days.map(({ pod }) => pod)])).toEqual([
      ["Deployment/shop/web", ["web-1-a"]],
    ]);
  });

  test("where a change to one of them is looked at", async () => {
    const resources = "- name: app\n  resources: {requests: {memory: 256Mi}}";
    const after = await scanFiles({ "web.yaml": deployment("web", resources, "shop") });
    const options = { folder, window, store: noStore(), asOfFile: true, ...quiet };
    await using sources = await openCluster(cluster, options);
    const pairs = after.containers.map((one) => ({ after: one }));
    const uses = await measuredUse(sources, sources.window, pairs, after, () => {});
    expect([...uses.values()].map(({ memory }) => memory?.max)).toEqual([5]);
  });
});
