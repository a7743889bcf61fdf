import { describe, expect, it } from "vitest";
import { WORKLOAD_GROUPS } from "../../src/domain/workload.ts";
import { valueAt } from "../../src/manifests/key-path.ts";
import { resourcesOf, workloadObjects } from "../../src/manifests/workload-objects.ts";

const POD = { containers: [{ name: "app", resources: { requests: { cpu: "1" } } }] };

function deployment(extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "api", namespace: "shop" },
    spec: { template: { spec: POD } },
    ...extra,
  };
}

describe("the workloads of a document", () => {
  it("gives each container's role, resources, and place", () => {
    const podSpec = {
      initContainers: [{ name: "migrate" }, { name: "proxy", restartPolicy: "Always" }],
      containers: [{ name: "app", resources: { limits: { memory: "1Gi", "nvidia.com/gpu": 1 } } }],
    };
    const [workload] = workloadObjects(deployment({ spec: { template: { spec: podSpec } } }));
    expect(workload?.containers).toEqual([
      {
        name: "app",
        role: "main",
        resources: { requests: {}, limits: { memory: "1Gi" } },
        path: ["spec", "template", "spec", "containers", 0],
      },
      expect.objectContaining({ name: "migrate", role: "init" }),
      expect.objectContaining({ name: "proxy", role: "sidecar" }),
    ]);
  });

  it.each(Object.entries(WORKLOAD_GROUPS))("knows %s of %s, at a path that leads there", (kind, group) => {
    const template = { template: { spec: POD } };
    const spec = kind === "CronJob" ? { jobTemplate: { spec: template } } : template;
    const document = deployment({ kind, apiVersion: `${group}/v1`, spec });
    const [workload] = workloadObjects(document);
    const [container] = workload?.containers ?? [];
    expect(valueAt(document, container?.path ?? [])).toEqual(POD.containers[0]);
  });

  it("looks into lists, a few deep", () => {
    const list = (items: unknown[]): unknown => ({ apiVersion: "v1", kind: "List", items });
    const [workload] = workloadObjects(list([{ kind: "Secret" }, deployment()]));
    expect(workload?.containers[0]?.path.slice(0, 2)).toEqual(["items", 1]);
    const deep = list([list([list([list([list([deployment()])])])])]);
    expect(workloadObjects(deep)).toEqual([]);
  });

  it.each([
    ["null", null],
    ["a list", [deployment()]],
    ["another group", deployment({ apiVersion: "apps.example.com/v1" })],
    ["a kind that objects inherit", deployment({ kind: "constructor" })],
    ["no name", deployment({ metadata: {} })],
    ["a name that is a number", deployment({ metadata: { name: 1 } })],
    ["no apiVersion", deployment({ apiVersion: undefined })],
  ])("finds none in %s", (_, document) => {
    expect(workloadObjects(document)).toEqual([]);
  });

  it.each([[{}], [{ template: null }], [{ template: { spec: { containers: "x" } } }], [null]])(
    "declares no containers where the spec is %j",
    (spec) => {
      expect(workloadObjects(deployment({ spec }))).toMatchObject([{ name: "api", containers: [] }]);
    },
  );

  it("leaves the namespace open where it is missing or empty", () => {
    for (const namespace of [undefined, "", 3])
      expect(workloadObjects(deployment({ metadata: { name: "a", namespace } }))[0]).not.toHaveProperty(
        "namespace",
      );
  });
});

describe("resources as data", () => {
  it("takes numbers as quantities, and passes over what is none", () => {
    expect(
      resourcesOf({ requests: { cpu: 0.5, memory: "${MEMORY}" }, limits: { cpu: -1, memory: true } }),
    ).toEqual({ requests: { cpu: "0.5" }, limits: {} });
  });

  it.each([undefined, null, "x", { requests: null }, { requests: [] }])("%j has none", (data) => {
    expect(resourcesOf(data)).toEqual({ requests: {}, limits: {} });
  });
});
