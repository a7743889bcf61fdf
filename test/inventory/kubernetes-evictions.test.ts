import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../support/kubernetes-api.ts";
import { testCluster } from "./test-cluster.ts";

const cluster = testCluster();

const AT = "2026-11-20T12:00:00Z";
const SHORT = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61448Ki. ";
const OFFENDERS =
  "Container app was using 300Mi, request is 200Mi, has larger consumption of memory. Container proxy was using 20Mi, request is 0, has larger consumption of memory. ";
const MIB = 2 ** 20;

function failed(name: string, message = SHORT + OFFENDERS, owner?: object): KubernetesObject {
  return {
    metadata: { name, namespace: "shop", ...(owner ? { ownerReferences: [owner] } : {}) },
    status: {
      phase: "Failed",
      reason: "Evicted",
      message,
      conditions: [
        { type: "PodScheduled", lastTransitionTime: "2026-11-01T00:00:00Z" },
        { type: "DisruptionTarget", lastTransitionTime: AT },
      ],
    },
  };
}

function event(pod: string, reason = "Evicted"): KubernetesObject {
  return {
    metadata: { name: `${pod}.17`, namespace: "shop", creationTimestamp: AT },
    involvedObject: { kind: "Pod", namespace: "shop", name: pod },
    reason,
    message: SHORT + OFFENDERS,
    eventTime: null,
    lastTimestamp: AT,
  };
}

const BOTH = [
  { container: "app", atMs: Date.parse(AT), usedBytes: 300 * MIB },
  { container: "proxy", atMs: Date.parse(AT), usedBytes: 20 * MIB },
];

async function evictions(): Promise<unknown> {
  const { workloads } = await cluster.discover();
  return workloads.find(({ name }) => name === "api")?.evictions;
}

describe("what a node short of memory threw out", () => {
  test("is told of the workload, with the containers that used more than they asked for", async () => {
    cluster.live("Deployment/shop/api");
    const owner = { kind: "ReplicaSet", name: "api-5d9c7b8f6d", controller: true };
    cluster.api.add("/v1/pods", failed("api-5d9c7b8f6d-x2x4z", undefined, owner));
    expect(await evictions()).toEqual(BOTH);
  });

  test("is told by its event where the pod is gone, and once where both are there", async () => {
    cluster.live("Deployment/shop/api");
    const [gone, there] = ["api-5d9c7b8f6d-x2x4z", "api-5d9c7b8f6d-bb2cz"];
    cluster.api.add("/v1/events", event(gone), event(there), event("api-5d9c7b8f6d-zz2cz", "Killing"));
    cluster.api.add("/v1/pods", failed(there));
    expect(await evictions()).toEqual([...BOTH, ...BOTH]);
  });

  test("counts each time where pods of one name follow one another", async () => {
    cluster.live("StatefulSet/shop/api");
    const each = ["300Mi", "800Mi", "500Mi"].map((used, index): KubernetesObject => {
      const said = event("api-0");
      const involvedObject = { kind: "Pod", namespace: "shop", name: "api-0", uid: `uid-${index}` };
      const metadata = { ...said.metadata, name: `api-0.${index}` };
      const message = `${SHORT}Container app was using ${used}, request is 200Mi, has larger`;
      return { ...said, metadata, involvedObject, message };
    });
    cluster.api.add("/v1/events", ...each);
    const there = failed("api-0", `${SHORT}Container app was using 500Mi, request is 200Mi, has larger`);
    cluster.api.add("/v1/pods", { ...there, metadata: { ...there.metadata, uid: "uid-2" } });
    expect(await evictions()).toEqual(
      [500, 300, 800].map((used) => ({ container: "app", atMs: Date.parse(AT), usedBytes: used * MIB })),
    );
  });

  test("is asked for by what is wanted alone: neither all pods nor all events", async () => {
    cluster.live("Deployment/shop/api");
    await cluster.discover();
    const selectors = cluster.api.requests.map(({ resource, query }) => [
      resource,
      query.get("fieldSelector"),
    ]);
    expect(selectors).toContainEqual(["pods", "status.phase=Failed"]);
    expect(selectors).toContainEqual(["events", "reason=Evicted"]);
  });

  test.each([
    ["a full disk", `The node was low on resource: ephemeral-storage. ${OFFENDERS}`],
    ["nobody's fault", SHORT],
    ["a name that is none", `${SHORT}Container <b> was using 300Mi, request is 0, has larger`],
    ["an amount that is none", `${SHORT}Container app was using much, request is 0, has larger`],
  ])("is no sign of %s", async (_, message) => {
    cluster.live("Deployment/shop/api");
    cluster.api.add("/v1/pods", failed("api-5d9c7b8f6d-x2x4z", message));
    expect(await evictions()).toBeUndefined();
  });

  test("is read in the words of older kubelets, too, which tell only when the pod had started", async () => {
    cluster.live("Deployment/shop/api");
    const message = `${SHORT}Container app was using 300Mi, which exceeds its request of 200Mi. `;
    const status = { phase: "Failed", reason: "Evicted", message, startTime: AT };
    cluster.api.add("/v1/pods", { ...failed("api-5d9c7b8f6d-x2x4z"), status });
    expect(await evictions()).toEqual(BOTH.slice(0, 1));
  });
});
