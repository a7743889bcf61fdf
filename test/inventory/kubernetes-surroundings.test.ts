import { describe, expect, test } from "vitest";
import { NO_SURROUNDINGS } from "../../src/domain/surroundings.ts";
import { workloadKey } from "../../src/domain/workload.ts";
import {
  RESOURCE_OF,
  limitRangeObject,
  nodeObject,
  quotaObject,
  referringRollout,
  verticalAutoscalerObject,
} from "../support/kubernetes-objects.ts";
import { idOf, testCluster } from "./test-cluster.ts";

const VERTICAL = "autoscaling.k8s.io/v1/verticalpodautoscalers";

const cluster = testCluster();
const { live, discover } = cluster;

describe("autoscalers that may not be listed", () => {
  test("leave it open for the workloads of these namespaces, and of no others, whether one scales them", async () => {
    live("Deployment/shop/api");
    live("Deployment/data/db");
    cluster.api.allows = ({ resource, namespace }) =>
      resource !== "horizontalpodautoscalers" || namespace === "data";
    const { workloads } = await discover({ namespaces: ["shop", "data"] });
    expect(workloads.map(({ name, autoscalersUnknown }) => [name, autoscalersUnknown])).toEqual([
      ["db", undefined],
      ["api", true],
    ]);
    const everywhere = await discover();
    expect(everywhere.workloads.every(({ autoscalersUnknown }) => autoscalersUnknown)).toBe(true);
  });

  test("vertical ones are a warning", async () => {
    live("Deployment/shop/api");
    cluster.api.add(VERTICAL);
    cluster.api.allows = ({ resource }) => resource !== "verticalpodautoscalers";
    const { workloads, warnings } = await discover();
    expect(workloads[0]).not.toHaveProperty("autoscalersUnknown");
    expect(warnings).toEqual([
      'Missing permission: verb "list" on resource "verticalpodautoscalers" in API group "autoscaling.k8s.io", in every namespace: workloads may have a VerticalPodAutoscaler that is not seen. Grant it (deploy/rbac.yaml)',
    ]);
  });
});

describe("a vertical autoscaler", () => {
  test.for([
    [undefined, true],
    ["Off", false],
    ["Initial", true],
    ["Recreate", true],
    ["Auto", true],
    ["InPlaceOrRecreate", true],
  ] as const)("in mode %s acts: %s", async ([mode, acts]) => {
    cluster.api.add(VERTICAL, verticalAutoscalerObject(live("StatefulSet/data/db"), mode));
    live("StatefulSet/other/db");
    const { workloads, warnings } = await discover();
    expect(workloads.map(({ verticalAutoscaler }) => verticalAutoscaler)).toEqual([
      { name: "db-vpa", acts },
      undefined,
    ]);
    expect(warnings).toEqual([]);
  });

  test("controls what its policies for containers say", async () => {
    const containerPolicies = [
      { containerName: "*", controlledResources: ["memory"] },
      { containerName: "app", mode: "Off" },
      { containerName: "proxy", minAllowed: { cpu: "10m" } },
      { mode: "Off" },
    ];
    cluster.api.add(
      VERTICAL,
      verticalAutoscalerObject(live("StatefulSet/data/db"), "Auto", {
        resourcePolicy: { containerPolicies },
      }),
    );
    const { workloads } = await discover();
    expect(workloads[0]?.verticalAutoscaler).toEqual({
      name: "db-vpa",
      acts: true,
      controls: [
        { resources: ["memory"] },
        { container: "app", resources: [] },
        { container: "proxy", resources: ["cpu", "memory"] },
      ],
    });
  });

  test("of the deployment that a rollout stands in for is the rollout's, and one that acts wins", async () => {
    const lender = live("Deployment/shop/api", { replicas: 0 });
    const rollout = referringRollout("shop", "api-rollout", "Deployment", "api");
    cluster.api.add(RESOURCE_OF.Rollout, rollout);
    cluster.api.add(VERTICAL, verticalAutoscalerObject(idOf("Rollout/shop/api-rollout"), "Off"));
    cluster.api.add(VERTICAL, verticalAutoscalerObject(lender, "Auto"));
    const { workloads } = await discover();
    expect(workloads[0]?.verticalAutoscaler).toEqual({ name: "api-vpa", acts: true });
  });
});

describe("what bounds a container", () => {
  test("is what nodes have for pods, but for those that take none", async () => {
    cluster.api.add(
      "/v1/nodes",
      nodeObject("big", { cpu: "15890m", memory: "62Gi", pods: "110" }),
      nodeObject("small", { cpu: "2", memory: "4194304Ki" }),
      nodeObject("drained", { cpu: "64", memory: "512Gi" }, true),
      nodeObject("new", {}),
    );
    const { surroundings, warnings } = await discover();
    expect(surroundings?.nodes).toEqual([
      { name: "big", cores: 15.89, bytes: 62 * 2 ** 30 },
      { name: "small", cores: 2, bytes: 4 * 2 ** 30 },
    ]);
    expect(warnings).toEqual([]);
  });

  test("are thousands of nodes, in pages", async () => {
    const names = Array.from({ length: 3000 }, (_, index) => `node-${index}`);
    cluster.api.add("/v1/nodes", ...names.map((name) => nodeObject(name, { cpu: "8", memory: "32Gi" })));
    const { surroundings } = await discover();
    expect(surroundings?.nodes.map(({ name }) => name)).toEqual(names);
    expect(cluster.api.requests.filter(({ resource }) => resource === "nodes")).toHaveLength(6);
  });

  test("is what limit ranges demand of containers, and allow to pods", async () => {
    const forContainers = {
      type: "Container",
      min: { cpu: "10m", memory: "16Mi" },
      max: { cpu: "4", memory: "8Gi", "ephemeral-storage": "1Gi" },
      maxLimitRequestRatio: { memory: "4" },
      default: { memory: "1Gi" },
    };
    const ofPods = { type: "Pod", max: { cpu: "8" } };
    cluster.api.add("/v1/limitranges", limitRangeObject("shop", "bounds", [ofPods, forContainers]));
    const { surroundings } = await discover();
    const nothing = { min: {}, max: {}, defaultLimit: {}, maxLimitRequestRatio: {} };
    expect(surroundings?.containerRanges).toEqual([
      { namespace: "shop", name: "bounds", ...nothing, podMax: { cpu: "8" } },
      {
        namespace: "shop",
        name: "bounds",
        min: { cpu: "10m", memory: "16Mi" },
        max: { cpu: "4", memory: "8Gi" },
        defaultLimit: { memory: "1Gi" },
        maxLimitRequestRatio: { memory: "4" },
      },
    ]);
  });

  test("is what quotas leave, in each way to write them, but for those of other things", async () => {
    cluster.api.add(
      "/v1/resourcequotas",
      quotaObject(
        "shop",
        "compute",
        { "requests.cpu": "20", "requests.memory": "64Gi", "limits.memory": "96Gi", pods: "50" },
        { "requests.cpu": "12500m", "requests.memory": "40Gi", "limits.memory": "41Gi", pods: "12" },
      ),
      quotaObject("shop", "plain", { cpu: "30", memory: "1Ti" }, { cpu: "0", memory: "0" }),
      quotaObject("shop", "objects", { secrets: "10", "requests.nvidia.com/gpu": "1" }, {}),
    );
    const { surroundings } = await discover();
    expect(surroundings?.quotas).toEqual([
      {
        namespace: "shop",
        name: "compute",
        hard: { requests: { cpu: "20", memory: "64Gi" }, limits: { memory: "96Gi" } },
        used: { requests: { cpu: "12500m", memory: "40Gi" }, limits: { memory: "41Gi" } },
      },
      {
        namespace: "shop",
        name: "plain",
        hard: { requests: { cpu: "30", memory: "1Ti" }, limits: {} },
        used: { requests: { cpu: "0", memory: "0" }, limits: {} },
      },
    ]);
  });

  test("is looked for in the selected namespaces only, nodes in the cluster", async () => {
    cluster.api.add("/v1/resourcequotas", quotaObject("hidden", "compute", { cpu: "1" }, { cpu: "1" }));
    cluster.api.add("/v1/nodes", nodeObject("big", { cpu: "16", memory: "62Gi" }));
    const { surroundings } = await discover({ namespaces: ["shop", "data"] });
    expect(surroundings?.quotas).toEqual([]);
    expect(surroundings?.nodes).toHaveLength(1);
    const nodes = cluster.api.requests.filter(({ resource }) => resource === "nodes");
    expect(nodes.map(({ namespace }) => namespace)).toEqual([undefined]);
  });

  test("is not known where it may not be listed, and a warning says which guard that blinds", async () => {
    live("Deployment/shop/api");
    cluster.api.allows = ({ group }) => group !== "";
    const { workloads, surroundings, warnings } = await discover();
    expect(workloads.map(workloadKey)).toEqual(["Deployment/shop/api"]);
    expect(surroundings).toEqual(NO_SURROUNDINGS);
    expect(warnings).toEqual([
      expect.stringContaining("evictions of pods that are gone already are not seen."),
      expect.stringContaining(
        '"limitranges" in API group "", in every namespace: nothing keeps requests and limits within LimitRanges.',
      ),
      expect.stringContaining("nothing keeps requests below what the largest node has."),
      expect.stringContaining("what became of pods (evictions, kills for lack of memory) is not seen."),
      expect.stringContaining("nothing keeps requests and limits within ResourceQuotas."),
    ]);
  });
});
