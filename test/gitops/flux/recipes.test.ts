import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fluxRecipes } from "../../../src/gitops/flux/recipes.ts";
import { Sources } from "../../../src/gitops/sources.ts";
import { deployment, treeOf } from "../files.ts";
import { CHART, isOwn, kustomization, named, recipesOf, release, SOURCE, stepOf } from "./declared.ts";

describe("an object that recipes render", () => {
  const files = { ...CHART, "apps/api.yaml": release("api", "values: { replicas: 1 }") };
  const variant = (by: string, replicas: number): { file: string; by: string; yaml: string } => ({
    file: "apps/api.yaml",
    by,
    yaml: release("api", `values: { replicas: ${replicas} }`),
  });
  const id = "flux:apps/api.yaml#HelmRelease/shop/api";

  it("takes the place of the one in the file, under its id", async () => {
    const { recipes } = await recipesOf(files, [variant("flux:ks", 2)]);
    expect(recipes.map((recipe) => recipe.id)).toEqual([id]);
    // It differs from what the file says: there is no place to point to.
    expect(recipes[0]?.steps).toMatchObject([{ values: [{ text: '{"replicas":2}' }] }]);
    expect(recipes[0]?.steps[0]).not.toHaveProperty("values.0.at");
  });

  it("is a recipe of its own for each that delivers it", async () => {
    const { recipes } = await recipesOf(files, [variant("flux:eu", 2), variant("flux:us", 3)]);
    expect(recipes.map((recipe) => [recipe.id, recipe.via])).toEqual([
      [`${id}@flux:eu`, "flux:eu"],
      [`${id}@flux:us`, "flux:us"],
    ]);
  });

  it("reads the ConfigMap that the same recipe delivers", async () => {
    const delivered = (by: string): { file: string; by: string; yaml: string }[] => [
      { file: "apps/api.yaml", by, yaml: release("api", "valuesFrom: [{ kind: ConfigMap, name: more }]") },
      {
        file: "apps/more.yaml",
        by,
        yaml: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more, namespace: shop }\ndata: { values.yaml: "at: ${by}" }\n`,
      },
    ];
    const { recipes } = await recipesOf(files, [...delivered("eu"), ...delivered("us")]);
    expect(recipes.map(({ steps }) => steps)).toMatchObject([
      [{ values: [{ text: "at: eu" }] }],
      [{ values: [{ text: "at: us" }] }],
    ]);
  });

  it("keeps its place where the recipe changes something else", async () => {
    const found = await recipesOf(files, [
      {
        file: "apps/api.yaml",
        by: "flux:ks",
        yaml: release("api", "values: { replicas: 1 }\nreleaseName: x"),
      },
    ]);
    expect(stepOf(named(found, "api"))).toMatchObject({
      release: "x",
      values: [{ at: { file: "apps/api.yaml" } }],
    });
  });

  it("keeps its place where only variables of its values were filled in", async () => {
    const values = (host: string, cpu: number): string =>
      release("api", `values: { host: "${host}", l: [{ cpu: ${cpu} }] }`);
    const at = async (host: string, cpu: number): Promise<unknown> => {
      const tree = { ...CHART, "apps/api.yaml": values("a.${DOMAIN}", 1) };
      const rendered = { file: "apps/api.yaml", by: "flux:ks", yaml: values(host, cpu) };
      return stepOf(named(await recipesOf(tree, [rendered]), "api"));
    };
    expect(await at("a.example", 1)).toHaveProperty("values.0.at.file", "apps/api.yaml");
    expect(await at("a.example", 2)).not.toHaveProperty("values.0.at");
  });

  it("does not replace one that has the same name in another file", async () => {
    const { recipes } = await recipesOf({ ...files, "other/api.yaml": release("api") }, [
      variant("flux:ks", 2),
    ]);
    expect(recipes.map(({ path }) => path).toSorted()).toEqual(["apps/api.yaml", "other/api.yaml"]);
  });

  it("reads the file that its generated ConfigMap was made from, whatever hash the name has", async () => {
    const generated = (hash: string, by: string): { file: string; by: string; yaml: string }[] => [
      {
        file: "apps/api.yaml",
        by,
        yaml: release("api", `valuesFrom: [{ kind: ConfigMap, name: pre-api-values-${hash} }]`),
      },
      {
        file: "ks.yaml",
        by,
        yaml: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: pre-api-values-${hash}, namespace: shop }\ndata: { values.yaml: "replicas: 3" }\n`,
      },
    ];
    const tree = {
      ...CHART,
      "ks.yaml": kustomization("apps", "path: apps"),
      "apps/api.yaml": release("api", "valuesFrom: [{ kind: ConfigMap, name: api-values }]"),
      "apps/kustomization.yaml":
        "resources: [api.yaml]\nconfigMapGenerator: [{ name: api-values, files: [values.yaml=api.values] }]",
      "apps/api.values": "replicas: 3",
    };
    const by = "flux:ks.yaml#Kustomization/flux-system/apps";
    const [one, two] = await Promise.all(
      ["5h2k", "9m7c"].map(async (hash) => await recipesOf(tree, generated(hash, by))),
    );
    if (!one || !two) throw new Error("no recipes");
    expect(stepOf(named(one, "api"))).toMatchObject({ values: [{ file: "apps/api.values" }] });
    expect(one.recipes).toEqual(two.recipes);
    expect(one.claims).toContain("apps/api.values");
  });
});

describe("what only looks like an object of Flux", () => {
  it("is none in a patch of a kustomization", async () => {
    const { recipes } = await recipesOf({
      ...CHART,
      "apps/api.yaml": release("api"),
      "prod/patch.yaml": release("api", "values: { replicas: 3 }").replace(/chart:\n.*\n/, ""),
      "prod/kustomization.yaml": "resources: [../apps]\npatches: [{ path: patch.yaml }]",
    });
    expect(recipes.map(({ path }) => path)).toEqual(["apps/api.yaml"]);
  });

  it("is none with a name that a variable makes, where a Kustomization fills that in", async () => {
    const template = release("x").replace("name: x", 'name: "${APP}"');
    const files = { ...CHART, "shared/release.yaml": template };
    const alone = await recipesOf(files);
    expect(named(alone, "${APP}").refused?.code).toBe("templated-name");
    const spec = "path: shared, postBuild: { substitute: { APP: web } }";
    const { recipes } = await recipesOf({ ...files, "ks.yaml": kustomization("apps", spec) });
    expect(recipes.map(({ name }) => name)).toEqual(["apps"]);
  });

  it("is another kind of the same name, or of another group", async () => {
    const { recipes } = await recipesOf({
      "kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
      "source.yaml": SOURCE,
      "api.yaml": deployment("api"),
    });
    expect(recipes).toEqual([]);
  });
});

describe("objects of any shape", () => {
  const anything = fc.anything({ withNullPrototype: false, maxDepth: 4 });
  const some = (kind: string, group: string): fc.Arbitrary<Record<string, unknown>> =>
    fc.record({
      apiVersion: fc.constant(`${group}.toolkit.fluxcd.io/v1`),
      kind: fc.constant(kind),
      metadata: fc.oneof(anything, fc.record({ name: fc.string(), namespace: anything })),
      spec: fc.oneof(
        anything,
        fc.record({
          sourceRef: fc.constant({ kind: "GitRepository", name: "flux-system" }),
          path: fc.oneof(anything, fc.string()),
          chart: fc.record({ spec: fc.record({ chart: anything, sourceRef: anything }) }),
          chartRef: anything,
          values: anything,
          valuesFrom: anything,
          postBuild: anything,
          patches: anything,
        }),
      ),
    });

  it("become recipes or refusals, and never an exception", async () => {
    const sources = await Sources.of(treeOf({ "apps/api.yaml": deployment("api") }));
    const kinds = fc.oneof(
      some("Kustomization", "kustomize"),
      some("HelmRelease", "helm"),
      some("GitRepository", "source"),
      some("HelmRepository", "source"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(kinds, { maxLength: 6 }), async (objects) => {
        const declared = objects.map((object, document) => ({
          object,
          origin: { file: "x.yaml", document },
        }));
        const { recipes } = await fluxRecipes(declared, sources, isOwn);
        expect(new Set(recipes.map(({ id }) => id)).size).toBe(recipes.length);
        for (const recipe of recipes) expect(recipe.refused ?? recipe.steps).toBeDefined();
      }),
    );
  });
});
