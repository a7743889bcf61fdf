import { describe, expect, it } from "vitest";
import { type Location, Locator } from "../../src/gitops/locate.ts";
import { deployment } from "./files.ts";
import { scanFiles } from "./scan-files.ts";

const API = { kind: "Deployment", namespace: "shop", name: "api", labels: {}, annotations: {} } as const;

async function locate(files: Readonly<Record<string, string>>, container = "app"): Promise<Location> {
  return new Locator([{ scan: await scanFiles(files) }]).locate(API, {
    name: container,
    role: "main",
    resources: { requests: {}, limits: {} },
  });
}

describe("locating a container", () => {
  it("is proven by exactly one manifest of its namespace, kind and name", async () => {
    const found = await locate({
      "a.yaml": deployment("api", "- name: app", "shop"),
      "b.yaml": deployment("api", "- name: app", "other"),
      "c.yaml": deployment("web", "- name: app", "shop"),
      "d.yaml": deployment("api"),
    });
    expect(found).toMatchObject({ status: "proven", at: { namespace: "shop", workload: "api" } });
  });

  it("is probable where the manifest names no namespace", async () => {
    expect(await locate({ "a.yaml": deployment("api") })).toMatchObject({
      status: "probable",
      reason: { code: "no-namespace", file: "a.yaml", line: 9 },
    });
  });

  it("is ambiguous among several, naming the first three", async () => {
    const copies = ["a", "b", "c", "d", "e"].map((file) => [`${file}/api.yaml`, deployment("api")]);
    expect(await locate(Object.fromEntries(copies))).toMatchObject({
      status: "ambiguous",
      reason: {
        code: "several-manifests",
        message: expect.stringMatching(
          /^5 manifests .*: a\/api\.yaml:9, b\/api\.yaml:9, c\/api\.yaml:9 and 2 more;/,
        ),
      },
    });
  });

  it("is unmapped where only another namespace or container has it, or none", async () => {
    const elsewhere = { "a.yaml": deployment("api", "- name: app", "other") };
    expect(await locate(elsewhere)).toMatchObject({ reason: { code: "other-namespace" } });
    expect(await locate(elsewhere, "sidecar")).toMatchObject({ reason: { code: "no-manifest" } });
    expect(await locate({})).toMatchObject({ status: "unmapped", reason: { code: "no-manifest" } });
  });

  it("keeps names with separators apart", async () => {
    const files = { "a.yaml": deployment('"api,app"', "- name: x", "shop") };
    expect((await locate(files, "x")).status).toBe("unmapped");
  });

  it("says how many sources could not be rendered, where one of them may declare it", async () => {
    const files = {
      "api.yaml": deployment("api", "- name: app", "shop"),
      "kustomization.yaml": "resources: [api.yaml]",
    };
    expect(await locate(files)).toMatchObject({
      status: "unmapped",
      reason: {
        code: "no-manifest",
        message: expect.stringMatching(/; 1 sources? could not be rendered$/),
      },
    });
  });
});

describe("a release of a chart that is not here", () => {
  const release = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cache, namespace: argocd}
spec:
  destination: {namespace: shop}
  source:
    repoURL: https://charts.example/stable
    chart: redis
    targetRevision: 20.1.5
    helm:
      valuesObject:
        master: {resources: {requests: {cpu: 100m}}}
        replica: {resources: {requests: {cpu: 300m}}}
`;
  const live = (cpu: string) => ({
    name: "redis",
    role: "main" as const,
    resources: { requests: { cpu }, limits: {} },
  });
  const master = {
    kind: "StatefulSet",
    namespace: "shop",
    name: "cache-master",
    labels: {},
    annotations: {},
  } as const;

  it("is probably fed by the only key of its values with the same amounts", async () => {
    const locator = new Locator([{ scan: await scanFiles({ "argo/cache.yaml": release }) }]);
    expect(locator.locate(master, live("0.1"))).toMatchObject({
      status: "probable",
      reason: { code: "remote-chart" },
      at: { fields: { "requests.cpu": { place: { file: "argo/cache.yaml", line: 12 } } } },
    });
  });

  it("is not guessed where amounts, namespace or release differ, or two keys fit", async () => {
    const locator = new Locator([{ scan: await scanFiles({ "argo/cache.yaml": release }) }]);
    const twice = new Locator([
      { scan: await scanFiles({ "argo/cache.yaml": release.replace("300m", "100m") }) },
    ]);
    expect([
      locator.locate(master, live("200m")).status,
      locator.locate({ ...master, namespace: "other" }, live("100m")).status,
      locator.locate({ ...master, name: "queue-master" }, live("100m")).status,
      twice.locate(master, live("100m")).status,
    ]).toEqual(["unmapped", "unmapped", "unmapped", "unmapped"]);
  });
});
