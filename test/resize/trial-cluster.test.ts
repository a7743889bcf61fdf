import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { openTrialCluster } from "../../src/resize/kubernetes-trial-cluster.ts";
import { advanceTrial, HELD_MS } from "../../src/sweep/trials/advance-trial.ts";
import { beginTrial, type TrialOrder } from "../../src/sweep/trials/begin-trial.ts";
import type { TrialCluster } from "../../src/trial/trial-cluster.ts";
import type { Trial } from "../../src/trial/trial.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { autoscalerObject, verticalAutoscalerObject } from "../support/kubernetes-objects.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { allowWrites } from "../support/kubernetes-writes.ts";
import { deploymentObject, podObject, replicaSetObject } from "../support/trial-objects.ts";
import { HOUR, START } from "../trial/model.ts";

const OLD = { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "1Gi" } };
const NEW = { requests: { cpu: "200m", memory: "512Mi" }, limits: { memory: "1Gi" } };
const API = { kind: "Deployment", namespace: "shop", name: "api" } as const;

const ORDER: TrialOrder = {
  cluster: "prod",
  wish: {
    workload: API,
    restarts: false,
    containers: [{ name: "app", changes: [{ field: "requests.cpu", before: "500m", after: "200m" }] }],
  },
  seconds: 3600,
  repository: "acme/shop",
  pull: 7,
  by: "alice",
  evidence: "0123456789abcdef",
};

let certificates: Certificates;
let api: KubernetesApiServer;
let nowMs: number;
beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  nowMs = START;
  api = await KubernetesApiServer.start(certificates);
  allowWrites(api);
  for (const name of ["api", "other"]) {
    api.add("apps/v1/deployments", deploymentObject("shop", name));
    api.add("apps/v1/replicasets", replicaSetObject("shop", name));
    for (const pod of [`${name}-1`, `${name}-2`])
      api.add("/v1/pods", podObject("shop", name, pod, { app: OLD }, "2026-11-20T10:00:00Z"));
  }
});
afterEach(() => api[Symbol.asyncDispose]());

const open = async (): Promise<TrialCluster> =>
  await openTrialCluster({
    access: { kubeconfig: await api.kubeconfig() },
    namespace: "loadline",
    now: () => nowMs,
    warn: () => {},
  });

const Pod = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ containers: z.tuple([z.looseObject({ resources: z.unknown() })]) }),
  status: z.looseObject({ containerStatuses: z.tuple([z.looseObject({})]) }),
});
const pods = () => (api.objects.get("/v1/pods") ?? []).map((pod) => Pod.parse(pod));
const sizes = (): unknown[] => pods().map(({ spec }) => spec.containers[0].resources);
const leases = (): readonly object[] => api.objects.get("coordination.k8s.io/v1/leases") ?? [];

function nodesAct(): void {
  api.objects.set(
    "/v1/pods",
    pods().map((pod) => {
      const [{ resources }] = pod.spec.containers;
      const [status] = pod.status.containerStatuses;
      return { ...pod, status: { ...pod.status, containerStatuses: [{ ...status, resources }] } };
    }),
  );
}

const begin = async (cluster: TrialCluster, holder = "one", order = ORDER, atOnce = 5) =>
  await beginTrial(cluster, order, { holder, now: () => nowMs, atOnce });

async function round(cluster: TrialCluster, holder = "one"): Promise<Trial | undefined> {
  let trial: Trial | undefined;
  for (const found of await cluster.trials()) {
    const advancing = { holder, now: () => nowMs, whyStop: () => Promise.resolve(undefined) };
    const advanced = await advanceTrial(cluster, found, advancing);
    if (advanced?.finished) await cluster.drop(advanced.kept);
    trial = advanced?.kept.trial ?? trial;
  }
  nodesAct();
  return trial;
}

describe("a trial over the Kubernetes API", () => {
  it("changes one pod, by as many writes as it needs, and leaves nothing behind", async () => {
    await using cluster = await open();
    expect(await begin(cluster)).toMatchObject({ pod: { name: "api-1", uid: "uid-api-1" } });
    expect(sizes()).toEqual([OLD, OLD, OLD, OLD]);
    await round(cluster);
    expect(sizes()).toEqual([NEW, OLD, OLD, OLD]);
    expect(await round(cluster)).toMatchObject({ resizedAt: new Date(START).toISOString() });
    nowMs += HOUR;
    await round(cluster);
    expect(sizes()).toEqual([OLD, OLD, OLD, OLD]);
    expect(await round(cluster)).toMatchObject({ ended: { how: "held" }, backAt: expect.any(String) });
    expect(leases()).toEqual([]);
    const writes = api.requests.filter(({ verb }) => !["get", "list"].includes(verb));
    expect(writes.map(({ verb, resource, subresource }) => `${verb} ${subresource ?? resource}`)).toEqual([
      "patch resize", // a dry run
      "create leases",
      "update leases",
      "patch resize",
      "update leases",
      "update leases",
      "update leases",
      "update leases",
      "patch resize",
      "update leases",
      "update leases",
      "update leases",
      "delete leases",
    ]);
  });

  /** The connection breaks at every write, before or after it was done. */
  const CUTS = Array.from({ length: 12 }, (_, index) => index + 1).flatMap((at) => [
    { at, done: false },
    { at, done: true },
  ]);
  it.each(CUTS)(
    "cut off at write $at (done: $done), the next Loadline puts the pod back",
    async ({ at, done }) => {
      const { write } = api;
      let left = at;
      api.write = (seen, body, response) => {
        if (seen.query.get("dryRun") === "All") return write(seen, body, response);
        left -= 1;
        if (left > 0) return write(seen, body, response);
        // It is dead from then on.
        response.destroy();
        if (left === 0 && done) write(seen, body, response);
      };
      await using cluster = await open();
      const life = async (): Promise<void> => {
        await begin(cluster);
        for (const passes of [0, 0, HOUR, 0, 0]) {
          nowMs += passes;
          await round(cluster);
        }
      };
      await expect(life()).rejects.toThrow(/ failed \(/);
      api.write = write;
      await using heirs = await open();
      const before = sizes();
      // As long as the dead one may come back, its trial is its own.
      if (nowMs === START && leases().length > 0) {
        await round(heirs, "two");
        expect(sizes()).toEqual(before);
      }
      nowMs += HELD_MS + HOUR;
      for (let rounds = 0; rounds < 6; rounds++) await round(heirs, "two");
      expect(sizes()).toEqual([OLD, OLD, OLD, OLD]);
      expect(leases()).toEqual([]);
    },
  );

  it("of many that begin one on the same workload at once, one does", async () => {
    await using cluster = await open();
    const results = await Promise.all(["a", "b", "c", "d"].map((holder) => begin(cluster, holder)));
    expect(results.map((result) => ("code" in result ? result.code : "begun")).sort()).toEqual([
      "begun",
      "taken",
      "taken",
      "taken",
    ]);
    expect(leases()).toHaveLength(1);
  });

  it("as many at once as are allowed, on as many workloads", async () => {
    await using cluster = await open();
    const other = { ...ORDER, wish: { ...ORDER.wish, workload: { ...API, name: "other" } } };
    expect(await begin(cluster, "one", ORDER, 1)).not.toHaveProperty("code");
    expect(await begin(cluster, "one", other, 1)).toMatchObject({
      code: "at-once",
      message: expect.stringContaining("another trial is under way in this cluster"),
    });
    expect(leases()).toHaveLength(1);
    expect(await begin(cluster, "one", other, 2)).not.toHaveProperty("code");
  });

  it("an API server that can't resize pods is told by its version", async () => {
    api.documents.set("/version", { major: "1", minor: "32" });
    api.documents.set("/api/v1", { kind: "APIResourceList", resources: [{ name: "pods" }] });
    await using cluster = await open();
    expect(await begin(cluster)).toEqual({
      code: "old-server",
      message: "the cluster runs Kubernetes 1.32, which can't resize a pod in place; 1.33 and later can",
    });
  });

  it.each([
    ["deployments", "get"],
    ["replicasets", "list"],
    ["pods", "list"],
    ["poddisruptionbudgets", "list"],
    ["horizontalpodautoscalers", "list"],
    ["leases", "create"],
  ])("without the right on %s to %s them nothing begins, and that is said", async (resource, verb) => {
    api.allows = (seen) => seen.resource !== resource || seen.verb !== verb;
    await using cluster = await open();
    expect(await begin(cluster)).toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(new RegExp(`"${verb}" on .*"${resource}".*deploy/rbac-trial\\.yaml`)),
    });
    expect(leases()).toEqual([]);
  });

  it("what scales, sizes or protects the workload's pods is seen", async () => {
    await using cluster = await open();
    const cpu = { type: "Resource", resource: { name: "cpu", target: {} } };
    api.objects.set("autoscaling/v2/horizontalpodautoscalers", [autoscalerObject(API, { metrics: [cpu] })]);
    expect(await begin(cluster)).toMatchObject({ code: "autoscaled" });
    api.objects.set("autoscaling/v2/horizontalpodautoscalers", []);
    api.add("autoscaling.k8s.io/v1/verticalpodautoscalers", verticalAutoscalerObject(API, "Auto"));
    expect(await begin(cluster)).toMatchObject({ code: "vertical-autoscaler" });
    api.objects.delete("autoscaling.k8s.io/v1/verticalpodautoscalers");
    const budget = (selector: object, status: object) => ({
      metadata: { name: "some", namespace: "shop", generation: 2 },
      spec: { selector },
      status: { observedGeneration: 2, disruptionsAllowed: 0, ...status },
    });
    const room = { disruptionsAllowed: 1 };
    for (const [selector, status, code] of [
      [{ matchLabels: { app: "api" } }, {}, "budget"],
      [{ matchLabels: { app: "api" } }, { ...room, observedGeneration: 1 }, "budget"],
      [{}, {}, "budget"],
      [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["other"] }] }, {}, "budget"],
      [{ matchExpressions: [{ key: "app", operator: "Odd" }] }, {}, "budget"],
      [{ matchLabels: { app: "other" } }, {}, undefined],
      [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, {}, undefined],
    ] as const) {
      api.objects.set("policy/v1/poddisruptionbudgets", [budget(selector, status)]);
      const begun = await begin(cluster);
      expect("code" in begun ? begun.code : undefined).toBe(code);
      api.objects.set("coordination.k8s.io/v1/leases", []);
    }
  });

  it("a pod that was changed since it was read is read again, and only then resized", async () => {
    await using cluster = await open();
    await begin(cluster);
    const { write } = api;
    let changes = 0;
    api.write = (seen, body, response) => {
      if (seen.subresource === "resize" && changes++ < 2)
        api.objects.set(
          "/v1/pods",
          pods().map((pod) => ({
            ...pod,
            metadata: { ...pod.metadata, resourceVersion: `9${changes}` },
          })),
        );
      write(seen, body, response);
    };
    await round(cluster);
    expect(sizes()[0]).toEqual(NEW);
  });

  it("ends when no other pod is ready any more", async () => {
    await using cluster = await open();
    await begin(cluster);
    await round(cluster);
    const [tried, ...others] = pods();
    const unready = others.map((pod) => ({ ...pod, status: { ...pod.status, conditions: [] } }));
    api.objects.set("/v1/pods", tried ? [tried, ...unready] : []);
    expect(await round(cluster)).toMatchObject({ ended: { how: "alone" } });
    expect(sizes()).toEqual([OLD, OLD, OLD, OLD]);
  });

  it("what keeps no trial that can be understood is left alone", async () => {
    api.add("coordination.k8s.io/v1/leases", {
      metadata: {
        name: "loadline-trial-x",
        namespace: "loadline",
        uid: "u",
        resourceVersion: "5",
        labels: { "loadline.dev/trial": "true" },
        annotations: { "loadline.dev/trial": '{"version":2}' },
      },
      spec: {},
    });
    await using cluster = await open();
    expect(await cluster.trials()).toEqual([]);
  });
});
