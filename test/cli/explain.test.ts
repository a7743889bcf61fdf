import { describe, expect, it } from "vitest";
import { explainReportSchema, type ExplainedRecipe } from "../../src/report/explain-report.ts";
import { faultsBySchema, renderers, runIn } from "./fixture-case.ts";

describe.skipIf(!renderers)("loadline explain", () => {
  it.each([
    ["argocd-multi-source", "Deployment/shop/api"],
    ["flux-values-from", "Deployment/shop/api"],
    ["kustomize-patch-chain", "Deployment/shop/api"],
    ["helm-computed", "Deployment//api"],
  ])("prints of %s one object that its published schema describes", async (name, workload) => {
    const { out, err, code } = await runIn(name, "explain", workload, "--format", "json");
    expect({ err, code }).toEqual({ err: "", code: 0 });
    expect(await faultsBySchema("explain", out)).toBeNull();
  });

  it("lists values from the weakest to the strongest, and says which one wins and which is hidden", async () => {
    const [recipe] = await recipesOf("flux-values-from", "Deployment/shop/api");
    expect(layersOf(recipe)).toEqual([
      ["charts/web/values.yaml", null, []],
      [
        "apps/api/values.yaml",
        'data["values.yaml"]',
        ["requests.cpu 100m hidden", "requests.memory 256Mi", "limits.memory 300Mi hidden"],
      ],
      ["apps/api/values.yaml", 'data["extra.yaml"]', ["limits.memory 512Mi"]],
      ["apps/api/release.yaml", "spec.values", ["requests.cpu 250m"]],
      [null, "resources.limits.cpu", ["limits.cpu 2"]],
    ]);
  });

  it("lets a parameter hide what the values say", async () => {
    const [recipe] = await recipesOf("argocd-parameters", "Deployment/shop/api");
    expect(layersOf(recipe)).toContainEqual([
      "charts/web/values.yaml",
      null,
      expect.arrayContaining(["requests.cpu 100m hidden"]),
    ]);
    expect(layersOf(recipe)).toContainEqual([null, "resources.requests.cpu", ["requests.cpu 300m"]]);
  });

  it("lists patches in the order in which they are laid over their base", async () => {
    const [recipe] = await recipesOf("kustomize-patch-chain", "Deployment/shop/api");
    expect(layersOf(recipe).map(([file]) => file)).toEqual([
      "base/api.yaml",
      "base/kustomization.yaml",
      "prod/one.yaml",
      "prod/two.yaml",
      "prod/three.yaml",
      "prod/kustomization.yaml",
    ]);
  });

  it("tells place, key path and layer of each number, what else it feeds, and the recipes apart", async () => {
    const { out, code } = await runIn("helm-values-prod", "explain", "Deployment//api");
    expect(code).toBe(0);
    expect(out).toContain("charts/api/values-prod.yaml:4:10 resources.requests.cpu (values)");
    expect(out.replaceAll(/\s+/g, " ")).toContain("feeds also Deployment//api api (helm:charts/api)");
    expect(out).toContain("proven    helm:charts/api\n");
    expect(out).toContain("proven    helm:charts/api?values-prod.yaml\n");
    expect(out.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  it("says why a number can't be changed, and only of the container asked for", async () => {
    const { out } = await runIn("helm-computed", "explain", "Deployment//api", "--container", "proxy");
    expect(out.replaceAll(/\s+/g, " ")).toContain(
      "can't be changed: charts/api/templates/deployment.yaml: requests.cpu stands in the template itself",
    );
    expect(out).not.toContain("container api\n");
  });

  it("knows a winner that stands in what declares the recipe", async () => {
    const [recipe] = await recipesOf("argocd-kustomize-patches", "Deployment/shop/eu-api");
    expect(layersOf(recipe).at(-1)).toEqual([
      "argo/api.yaml",
      null,
      [expect.stringMatching(/^requests\.cpu /), expect.stringMatching(/^limits\.memory /)],
    ]);
  });

  it("says which step of several made the workload", async () => {
    const [recipe] = await recipesOf("argocd-multi-source", "Deployment/shop/debug");
    expect(recipe?.steps.map(({ tool, rendersIt }) => [tool, rendersIt])).toEqual([
      ["helm", false],
      ["plain", true],
    ]);
    expect(layersOf(recipe)).toEqual([
      ["extras/debug.yaml", null, ["requests.cpu 10m", "requests.memory 16Mi"]],
    ]);
  });

  it.each([
    [["Deployment/shop/apo"], "no recipe renders Deployment/shop/apo; there is Deployment/shop/api"],
    [["Deployment/shop/api", "--container", "x"], "--container x: Deployment/shop/api has web"],
    [["api"], "write Kind/namespace/name"],
    [[], "workload"],
  ])("%j exits with 2 and says what there is", async (args, message) => {
    const { code, err, out } = await runIn("argocd-multi-source", "explain", ...args);
    expect(err).toContain(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

async function recipesOf(name: string, workload: string): Promise<ExplainedRecipe[]> {
  const { out } = await runIn(name, "explain", workload, "--format", "json");
  return explainReportSchema.parse(JSON.parse(out)).recipes;
}

function layersOf(recipe: ExplainedRecipe | undefined): unknown[][] {
  return (recipe?.steps ?? []).flatMap(({ layers }) =>
    layers.map(({ file, keyPath, sets }) => [
      file,
      keyPath,
      sets.map(({ resource, value, wins }) => `${resource} ${value}${wins ? "" : " hidden"}`),
    ]),
  );
}
