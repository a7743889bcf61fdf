import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { observeContainers } from "../../src/sweep/observe-containers.ts";
import { DAY_MS } from "../../src/usage/usage.ts";

const START = 20_000 * DAY_MS;

/** `cdn` might be a ReplicaSet's hash, so that the name of the DaemonSet's pod says nothing of whose it is. */
const lines = [
  'kube_deployment_spec_replicas{namespace="shop",deployment="web"} 1',
  'kube_daemonset_status_desired_number_scheduled{namespace="shop",daemonset="web-cdn"} 1',
  'kube_replicaset_owner{namespace="shop",replicaset="web-1",owner_kind="Deployment",owner_name="web"} 1',
  'kube_pod_owner{namespace="shop",pod="web-1-a",owner_kind="ReplicaSet",owner_name="web-1"} 1',
  'kube_pod_container_info{namespace="shop",pod="web-1-a",container="app",image="app:1"} 1',
  'kube_pod_owner{namespace="shop",pod="web-cdn-a",owner_kind="DaemonSet",owner_name="web-cdn"} 1',
  'kube_pod_container_info{namespace="shop",pod="web-cdn-a",container="app",image="app:1"} 1',
  ...["web-1-a", "web-cdn-bcdfg"].map(
    (pod) => `container_memory_working_set_bytes{namespace="shop",pod="${pod}",container="app"} 5`,
  ),
].map((line) => `${line} ${START / 1000}`);

test("a pod that may be of several workloads is of none, also where one of them is asked for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loadline-observe-"));
  try {
    await writeFile(join(folder, "usage.om"), [...lines, "# EOF\n"].join("\n"));
    const text = "version: 1\nclusters: [{name: prod, metricsFile: usage.om}]\n";
    const [cluster] = parseConfig(text, "loadline.yaml").clusters;
    if (cluster === undefined) throw new Error("no cluster");
    const podsOf = async (only?: readonly string[]): Promise<(readonly [string, string])[]> => {
      const observed = await observeContainers(cluster, {
        folder,
        window: { startMs: START, endMs: START + DAY_MS },
        only,
        warn: () => {},
        progress: () => {},
        signal: new AbortController().signal,
      });
      return observed.flatMap(({ workload, usage }) => usage.days.map(({ pod }) => [workload, pod] as const));
    };
    const web = ["Deployment/shop/web", "web-1-a"];
    expect(await podsOf()).toEqual([web]);
    expect(await podsOf(["Deployment/shop/web"])).toEqual([web]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
