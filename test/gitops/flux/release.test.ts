import { describe, expect, it } from "vitest";
import { CHART, named, recipesOf, release, stepOf } from "./declared.ts";

async function helmStep(files: Record<string, string>, name = "api"): Promise<Record<string, unknown>> {
  return { ...stepOf(named(await recipesOf({ ...CHART, ...files }), name)) };
}

function configMap(name: string, data: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: shop }\ndata: ${data}\n`;
}

describe("a HelmRelease", () => {
  it("is rendered with its values, which stand in its own file", async () => {
    expect(await helmStep({ "api.yaml": release("api", "values: { replicas: 2 }") })).toEqual({
      tool: "helm",
      chart: { path: "charts/web" },
      release: "api",
      namespace: "shop",
      values: [{ text: '{"replicas":2}', at: { file: "api.yaml", document: 0, path: ["spec", "values"] } }],
      includeCrds: true,
      skipTests: true,
    });
  });

  it("is named after its target namespace and itself, at the most 53 characters long", async () => {
    const target = "targetNamespace: front";
    const long = "a-very-long-name-that-goes-on-and-on-until-helm-refuses-it";
    expect(await helmStep({ "api.yaml": release("api", target) })).toMatchObject({
      release: "front-api",
      namespace: "front",
    });
    expect(await helmStep({ "api.yaml": release("api", `${target}\nreleaseName: web`) })).toMatchObject({
      release: "web",
    });
    const { release: name } = await helmStep({ "api.yaml": release(long) }, long);
    expect(name).toMatch(/^a-very-long-name-that-goes-on-and-on-unt-[0-9a-f]{12}$/);
  });

  it("takes values from ConfigMaps in order below its own, and keys by their path above", async () => {
    const step = await helmStep({
      "api.yaml": release(
        "api",
        `valuesFrom:
  - { kind: ConfigMap, name: two, valuesKey: cpu, targetPath: resources.limits.cpu }
  - { kind: ConfigMap, name: two, valuesKey: quoted, targetPath: tag }
  - { kind: ConfigMap, name: one }
  - { kind: ConfigMap, name: two, valuesKey: more.yaml }
  - { kind: ConfigMap, name: gone, optional: true }
values: { c: 3 }`,
      ),
      "one.yaml": configMap("one", '{ values.yaml: "a: 1" }'),
      "two.yaml": configMap("two", `{ more.yaml: "b: 2", cpu: "2", quoted: '"1.0"' }`),
    });
    expect(step).toMatchObject({
      values: [
        { text: "a: 1", at: { file: "one.yaml", document: 0, path: ["data", "values.yaml"] } },
        { text: "b: 2", at: { file: "two.yaml", document: 0, path: ["data", "more.yaml"] } },
        { text: '{"c":3}' },
      ],
      parameters: [
        {
          name: "resources.limits.cpu",
          value: "2",
          at: { file: "two.yaml", document: 0, path: ["data", "cpu"] },
        },
        { name: "tag", value: "1.0", forceString: true },
      ],
    });
  });

  it("reads a Secret that is there in plain text, and is uncertain without one that is not", async () => {
    const secret = `apiVersion: v1
kind: Secret
metadata: { name: plain, namespace: shop }
data: { values.yaml: ${Buffer.from("a: 1").toString("base64")} }
---
apiVersion: v1
kind: Secret
metadata: { name: hidden, namespace: shop }
stringData: { values.yaml: "ENC[AES256_GCM,data:x]" }
sops: { mac: x }
`;
    const files = (name: string): Record<string, string> => ({
      ...CHART,
      "secret.yaml": secret,
      "api.yaml": release("api", `valuesFrom: [{ kind: Secret, name: ${name} }]`),
    });
    const plain = named(await recipesOf(files("plain")), "api");
    expect(stepOf(plain)).toMatchObject({ values: [{ text: "a: 1" }] });
    expect(plain.uncertain).toBeUndefined();
    const hidden = named(await recipesOf(files("hidden")), "api");
    expect(hidden.uncertain).toMatchObject({
      code: "missing-values",
      message: expect.stringContaining("encrypted") as unknown,
    });
    expect(named(await recipesOf(files("gone")), "api").uncertain?.code).toBe("missing-values");
  });

  it("applies its post-renderers one after the other", async () => {
    const post = `postRenderers:
  - kustomize:
      patches: [{ patch: "kind: A" }]
      patchesStrategicMerge: [{ kind: B }]
  - kustomize: { patches: [{ patch: "kind: C" }], images: [{ name: web, newTag: "2" }] }`;
    expect(await helmStep({ "api.yaml": release("api", post) })).toMatchObject({
      postRender: {
        patches: [
          { patch: expect.stringContaining('"B"') as unknown },
          { patch: "kind: A" },
          { patch: "kind: C" },
        ],
        images: [{ name: "web", newTag: "2" }],
      },
    });
  });

  it.each([
    ["suspend: true", "", "suspended"],
    ["", "valuesFiles: [nowhere.yaml]", "missing-values"],
    ["values: 3", "", "invalid"],
  ])("with %s%s is refused as %s", async (spec, chart, code) => {
    const found = await recipesOf({ ...CHART, "api.yaml": release("api", spec, chart) });
    expect(named(found, "api").refused?.code).toBe(code);
  });

  it("whose chart is not where it says is refused", async () => {
    const found = await recipesOf({ "source.yaml": CHART["source.yaml"], "api.yaml": release("api") });
    expect(named(found, "api").refused?.code).toBe("missing-path");
  });
});

describe("values files of a chart in the repository", () => {
  const files = {
    "charts/web/values.yaml": "a: 1\nb: { c: 1, d: 2 }\nkept: 1\n",
    "charts/web/prod.yaml": "b: { c: 5 }\nkept: 2\n",
  };

  it("stand above the chart's own, where that is the first of them", async () => {
    const list = "valuesFiles: [charts/web/values.yaml, charts/web/prod.yaml]";
    expect(await helmStep({ ...files, "api.yaml": release("api", "", list) })).toMatchObject({
      values: [{ file: "charts/web/prod.yaml" }],
    });
  });

  it("take the place of the chart's own, where that is not among them", async () => {
    const list = "valuesFiles: [charts/web/prod.yaml, gone.yaml], ignoreMissingValuesFiles: true";
    expect(await helmStep({ ...files, "api.yaml": release("api", "", list) })).toMatchObject({
      values: [{ text: '{"a":null,"b":{"d":null}}' }, { file: "charts/web/prod.yaml" }],
    });
  });
});

describe("a chart that is not in the repository", () => {
  const repository = `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: stable, namespace: flux-system }
spec: { url: "https://charts.example/stable/" }
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: { name: queue, namespace: shop }
spec: { url: "oci://registry.example/charts/queue", ref: REF }
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: { name: cache, namespace: flux-system }
spec: { chart: redis, version: 20.1.5, sourceRef: { kind: HelmRepository, name: stable } }
`;
  const of = (chart: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: api, namespace: shop }
spec: { ${chart}, values: { resources: {} } }
`;
  const fromRepository = (rest: string): string =>
    of(
      `chart: { spec: { chart: redis, sourceRef: { kind: HelmRepository, name: stable, namespace: flux-system }${rest} } }`,
    );

  const fromOci = of("chartRef: { kind: OCIRepository, name: queue }");
  const fromChart = of("chartRef: { kind: HelmChart, name: cache, namespace: flux-system }");

  it.each([
    ["a version", fromRepository(", version: 20.1.5"), "{}", "20.1.5", undefined],
    ["a range", fromRepository(", version: 20.x"), "{}", "20.x", "remote-chart"],
    ["no version", fromRepository(""), "{}", "*", "remote-chart"],
    [
      "files of its own",
      fromRepository(", version: 1.0.0, valuesFiles: [a.yaml]"),
      "{}",
      "1.0.0",
      "remote-chart",
    ],
    ["a tag", fromOci, "{ tag: 3.2.1 }", "3.2.1", undefined],
    ["a range beside a tag", fromOci, '{ tag: 3.2.1, semver: ">3" }', ">3", "remote-chart"],
    ["a HelmChart", fromChart, "{}", "20.1.5", undefined],
    ["a source in no file", fromOci.replace("queue", "gone"), "{}", "", "remote-chart"],
  ])("by %s is rendered at an exact version, or refused", async (_, object, ref, version, code) => {
    const files = { "repository.yaml": repository.replace("REF", ref), "api.yaml": object };
    const recipe = named(await recipesOf(files), "api");
    expect(recipe.refused?.code).toBe(code);
    // What the release sets itself is told nevertheless.
    expect(stepOf(recipe)).toMatchObject({ chart: { version }, values: [{ text: '{"resources":{}}' }] });
  });
});
