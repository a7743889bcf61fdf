import { describe, expect, it } from "vitest";
import type { Recipe } from "../../../src/gitops/recipe.ts";
import { application, OWN, recipesOf } from "./declared.ts";

const CHART = { "charts/web/Chart.yaml": "name: web\n", "charts/web/values.yaml": "" };

/** The recipe of one source. */
async function recipeOf(source: object, files: Readonly<Record<string, string>> = CHART): Promise<Recipe> {
  return await onlyRecipe({ source: { repoURL: OWN, ...source } }, files);
}

async function onlyRecipe(spec: object, files: Readonly<Record<string, string>> = CHART): Promise<Recipe> {
  const { recipes } = await recipesOf({ ...files, "app.yaml": application(spec) });
  const [recipe] = recipes;
  if (!recipe || recipes.length > 1) throw new Error("not one recipe");
  return recipe;
}

describe("an Application", () => {
  it("is a recipe with a stable id, named and placed as it is declared", async () => {
    expect(await recipeOf({ path: "charts/web" })).toMatchObject({
      id: "argocd:app.yaml#argocd/api",
      kind: "argocd",
      path: "app.yaml",
      name: "api",
      steps: [
        { tool: "helm", chart: { path: "charts/web" }, release: "api", namespace: "shop", includeCrds: true },
      ],
    });
  });

  it("is another recipe for each that renders it, and where it is written twice", async () => {
    const { argoRecipes } = await import("../../../src/gitops/argocd/recipes.ts");
    const { Sources } = await import("../../../src/gitops/sources.ts");
    const { treeOf } = await import("../files.ts");
    const object = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "a" },
      spec: {},
    };
    const origin = { file: "t.yaml", document: 0 };
    const { recipes } = await argoRecipes(
      [
        { object, origin },
        { object, origin, renderedBy: "argocd:root.yaml#/eu" },
        { object, origin },
      ],
      await Sources.of(treeOf({})),
      () => true,
    );
    expect(recipes.map(({ id }) => id)).toEqual([
      "argocd:t.yaml#/a",
      "argocd:t.yaml#/a@argocd:root.yaml#/eu",
      "argocd:t.yaml#/a~2",
    ]);
  });

  it.each([
    [{}, "invalid", "has no source"],
    [{ source: { path: "x" } }, "invalid", "repoURL"],
    [
      { source: { repoURL: OWN, path: "charts/web", helm: { valueFiles: "a.yaml" } } },
      "invalid",
      "helm.valueFiles",
    ],
    [{ source: { repoURL: OWN, path: "../x" } }, "outside-tree", "leads out"],
    [
      { source: { repoURL: "https://user:secret@git.example/other", path: "x" } },
      "other-repository",
      "git.example/other",
    ],
  ])("that is not as it must be is refused: %j", async (spec, code, message) => {
    const { refused } = await onlyRecipe(spec);
    expect(refused).toMatchObject({ code });
    expect(refused?.message).toContain(message);
    expect(refused?.message).not.toContain("secret");
  });

  it.each(["HEAD", "", "main", "release-1.2", "v2", "feature/1.0"])(
    "follows the branch %j",
    async (targetRevision) => {
      expect((await recipeOf({ path: "charts/web", targetRevision })).refused).toBeUndefined();
    },
  );

  it.each(["v1.2.3", "1.2", "refs/tags/x", ">=1.0.0", "1.*", "0123456789abcdef0123456789abcdef01234567"])(
    "pinned to %s is refused",
    async (targetRevision) => {
      expect((await recipeOf({ path: "charts/web", targetRevision })).refused?.code).toBe("pinned-revision");
    },
  );
});

describe("the tool of a source", () => {
  const folder = { "x/Chart.yaml": "", "x/kustomization.yaml": "", "x/a.yaml": "" };

  it.each([
    [{}, folder, "kustomize"],
    [{ helm: {} }, folder, "helm"],
    [{ directory: {} }, folder, "plain"],
    [{}, { "x/Chart.yaml": "" }, "helm"],
    [{}, { "x/Kustomization": "" }, "kustomize"],
    [{}, { "x/a.yaml": "" }, "plain"],
  ])("is what it names, else what lies in the folder: %j", async (options, files, tool) => {
    expect((await recipeOf({ path: "x", ...options }, files)).steps).toMatchObject([{ tool }]);
  });

  it("is refused where it names two", async () => {
    expect((await recipeOf({ path: "x", helm: {}, kustomize: {} }, folder)).refused?.message).toContain(
      "helm",
    );
  });
});

describe("values of a chart", () => {
  async function valuesOf(helm: object, files: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const recipe = await recipeOf({ path: "charts/web", helm }, { ...CHART, ...files });
    const [step] = recipe.steps;
    return recipe.refused?.code ?? (step?.tool === "helm" ? step.values : undefined);
  }

  const environments = { "envs/a.yaml": "", "envs/b.yaml": "", "envs/deep/c.yaml": "" };

  it("come from files beside the chart, above it, and from the root, in order", async () => {
    const valueFiles = ["../../envs/b.yaml", "values.yaml", "/envs/a.yaml"];
    expect(await valuesOf({ valueFiles }, environments)).toEqual([
      { file: "envs/b.yaml" },
      { file: "charts/web/values.yaml" },
      { file: "envs/a.yaml" },
    ]);
  });

  it("come from patterns in the order of names, but a file that is named itself stands where it is named", async () => {
    expect(await valuesOf({ valueFiles: ["/envs/**/*.yaml", "/envs/a.yaml"] }, environments)).toEqual([
      { file: "envs/b.yaml" },
      { file: "envs/deep/c.yaml" },
      { file: "envs/a.yaml" },
    ]);
  });

  it("may name the Application by the build environment", async () => {
    expect(
      await valuesOf({ valueFiles: ["/envs/${ARGOCD_APP_NAME}.yaml"] }, { "envs/api.yaml": "" }),
    ).toEqual([{ file: "envs/api.yaml" }]);
  });

  it("are inline above the files, and an object hides a text", async () => {
    const inline = { valueFiles: ["values.yaml"], values: "a: 1\n" };
    expect(await valuesOf(inline)).toEqual([{ file: "charts/web/values.yaml" }, { text: "a: 1\n" }]);
    expect(await valuesOf({ ...inline, valuesObject: { a: 2 } })).toEqual([
      { file: "charts/web/values.yaml" },
      { text: '{"a":2}' },
    ]);
  });

  it.each([
    ["gone.yaml", "missing-values"],
    ["/gone/*.yaml", "missing-values"],
    ["../../../x.yaml", "outside-tree"],
    ["https://example.com/values.yaml", "remote-values"],
    ["secrets+age-import:///key.txt?x.yaml", "sops"],
    ["$nobody/values.yaml", "missing-values"],
  ])("from %s are refused as %s", async (file, code) => {
    expect(await valuesOf({ valueFiles: [file] })).toBe(code);
  });

  it("may be missing where that is said", async () => {
    expect(await valuesOf({ valueFiles: ["gone.yaml", "*.yml"], ignoreMissingValueFiles: true })).toEqual([]);
  });

  it("are masked by parameters, of which the last of a name counts", async () => {
    const parameters = [
      { name: "a", value: "1" },
      { name: "b", value: "$ARGOCD_APP_NAMESPACE", forceString: true },
      { name: "a", value: "2" },
    ];
    const fileParameters = [{ name: "c", path: "/envs/a.yaml" }];
    const recipe = await recipeOf(
      { path: "charts/web", helm: { parameters, fileParameters } },
      { ...CHART, ...environments },
    );
    expect(recipe.steps).toMatchObject([
      {
        parameters: [
          { name: "a", value: "2" },
          { name: "b", value: "shop", forceString: true },
        ],
        fileParameters: [{ name: "c", file: "envs/a.yaml" }],
      },
    ]);
  });
});

describe("several sources", () => {
  it("hide the one source, and what a ref names is the root of its repository", async () => {
    const { recipes, claims } = await recipesOf({
      ...CHART,
      "envs/a.yaml": "",
      "extras/x.yaml": "",
      "app.yaml": application({
        source: { repoURL: OWN, path: "gone" },
        sources: [
          { repoURL: OWN, path: "charts/web", helm: { valueFiles: ["$values/envs/a.yaml"] } },
          { repoURL: OWN, path: "extras", ref: "values" },
          { repoURL: "https://git.example/other", ref: "unused" },
        ],
      }),
    });
    expect(recipes[0]?.refused).toBeUndefined();
    expect(recipes[0]?.steps).toMatchObject([
      { tool: "helm", values: [{ file: "envs/a.yaml" }] },
      { tool: "plain", files: ["extras/x.yaml"] },
    ]);
    expect(claims.toSorted()).toEqual(["charts/web", "envs/a.yaml", "extras", "extras/x.yaml"]);
  });

  it("are refused together, but keep the steps of those that could be rendered", async () => {
    const { refused, steps } = await onlyRecipe({
      sources: [
        { repoURL: "https://git.example/other", path: "x" },
        { repoURL: OWN, path: "charts/web" },
      ],
    });
    expect(refused?.code).toBe("other-repository");
    expect(steps).toMatchObject([{ chart: { path: "charts/web" } }]);
  });

  it("refuse values that a ref takes out of another repository", async () => {
    const { refused } = await onlyRecipe({
      sources: [
        { repoURL: OWN, path: "charts/web", helm: { valueFiles: ["$other/a.yaml"] } },
        { repoURL: "https://git.example/other", ref: "other" },
      ],
    });
    expect(refused?.code).toBe("other-repository");
  });
});

describe("a chart that is not in the repository", () => {
  it.each([
    ["https://charts.example/stable/", "https://charts.example/stable"],
    ["registry.example/charts", "oci://registry.example/charts"],
    ["oci://registry.example/charts", "oci://registry.example/charts"],
  ])("is named by its address %s and exact version", async (repoURL, repository) => {
    const { steps, refused } = await onlyRecipe({
      source: { repoURL, chart: "redis", targetRevision: "1.2.3" },
    });
    expect(steps).toMatchObject([{ chart: { repository, name: "redis", version: "1.2.3" } }]);
    expect(refused).toBeUndefined();
  });

  it("is refused where its version is a range, with its own values kept", async () => {
    const source = {
      repoURL: "https://charts.example",
      chart: "redis",
      targetRevision: "1.*",
      helm: { values: "a: 1" },
    };
    const { steps, refused } = await onlyRecipe({ source });
    expect(refused?.code).toBe("version-range");
    expect(steps).toMatchObject([{ values: [{ text: "a: 1" }] }]);
  });
});

describe("options of Kustomize", () => {
  const files = { "x/kustomization.yaml": "namePrefix: own-\n", "parts/a/kustomization.yaml": "" };

  it("are laid over in Kustomize's own shapes", async () => {
    const kustomize = {
      nameSuffix: "-eu",
      namespace: "eu",
      images: ["nginx=registry.example/nginx:1.2", "busybox:1@sha256:ab", "redis@sha256:cd", "host:5000/a:1"],
      replicas: [{ name: "api", count: "3" }],
      commonLabels: { app: "$ARGOCD_APP_NAME" },
      commonAnnotations: { a: "$ARGOCD_APP_NAME" },
      patches: [{ path: "p.yaml" }],
      components: ["../parts/a", "../parts/gone"],
      ignoreMissingComponents: true,
    };
    const { steps, refused } = await recipeOf({ path: "x", kustomize }, files);
    expect(refused).toBeUndefined();
    expect(steps).toEqual([
      {
        tool: "kustomize",
        folder: "x",
        namespace: "shop",
        overrides: {
          nameSuffix: "-eu",
          namespace: "eu",
          images: [
            { name: "nginx", newName: "registry.example/nginx", newTag: "1.2" },
            { name: "busybox", newTag: "1", digest: "sha256:ab" },
            { name: "redis", digest: "sha256:cd" },
            { name: "host:5000/a", newTag: "1" },
          ],
          replicas: [{ name: "api", count: 3 }],
          labels: [{ pairs: { app: "api" }, includeSelectors: true, includeTemplates: true }],
          commonAnnotations: { a: "$ARGOCD_APP_NAME" },
          patches: [{ path: "p.yaml" }],
          components: ["parts/a"],
        },
      },
    ]);
  });

  it.each([
    [{ namePrefix: "new-" }, "kustomize-option"],
    [{ components: ["../parts/gone"] }, "missing-path"],
    [{ components: ["https://github.com/a/b//c"] }, "remote-base"],
    [{ components: ["../../x"] }, "outside-tree"],
  ])("that can't be had are refused: %j", async (kustomize, code) => {
    expect((await recipeOf({ path: "x", kustomize }, files)).refused?.code).toBe(code);
  });
});

describe("a directory", () => {
  const files = {
    "x/a.yaml": "",
    "x/b.json": "",
    "x/c.txt": "",
    "x/skip.yaml": "# +argocd:skip-file-rendering",
    "x/sub/d.yml": "",
    "x/sub/e.jsonnet": "",
  };

  it.each([
    [{}, ["x/a.yaml", "x/b.json"]],
    [{ include: "*.json" }, ["x/b.json"]],
    [{ recurse: true, exclude: "{*.json,*.jsonnet}" }, ["x/a.yaml", "x/sub/d.yml"]],
    [{ recurse: true, include: "sub/*", exclude: "*net" }, ["x/sub/d.yml"]],
    [{ disableExtensionFilter: true, include: "*.txt" }, ["x/c.txt"]],
  ])("holds the files that %j picks", async (directory, expected) => {
    expect((await recipeOf({ path: "x", directory }, files)).steps).toMatchObject([{ files: expected }]);
  });

  it("with Jsonnet is refused, and so is a plugin", async () => {
    expect((await recipeOf({ path: "x", directory: { recurse: true } }, files)).refused?.code).toBe(
      "jsonnet",
    );
    expect((await recipeOf({ path: "x", plugin: {} }, files)).refused?.code).toBe("plugin");
  });
});

describe("files that override a source", () => {
  it("are merged over it, the Application's own last, and can't move it", async () => {
    const recipe = await recipeOf(
      { path: "charts/web", helm: { releaseName: "r", values: "a: 1" } },
      {
        ...CHART,
        "charts/web/.argocd-source.yaml": "path: elsewhere\nhelm: { releaseName: one, values: null }\n",
        "charts/web/.argocd-source-api.yaml": "helm: { releaseName: two }\n",
        "charts/web/.argocd-source-other.yaml": "helm: { releaseName: three }\n",
      },
    );
    expect(recipe.steps).toMatchObject([{ chart: { path: "charts/web" }, release: "two", values: [] }]);
  });

  it("that can't be read refuse the recipe", async () => {
    const files = { ...CHART, "charts/web/.argocd-source.yaml": "- a\n" };
    expect((await recipeOf({ path: "charts/web" }, files)).refused?.message).toContain(".argocd-source.yaml");
  });
});
