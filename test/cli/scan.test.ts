import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { scanReportSchema, type ScanReport } from "../../src/report/scan-report.ts";
import { gitFolder } from "../support/git-folder.ts";
import { caseFolder, faultsBySchema, renderers, run, runIn } from "./fixture-case.ts";

describe.skipIf(!renderers)("loadline scan", () => {
  it.each(["helm-values-prod", "argocd-refused", "flux-values-from", "kustomize-names", "plain-folders"])(
    "prints of %s one object that its published schema describes",
    async (name) => {
      const { out, err, code } = await runIn(name, "scan", "--format", "json");
      expect({ err, code }).toEqual({ err: "", code: 0 });
      expect(await faultsBySchema("scan", out)).toBeNull();
      const { recipes, containers, stats } = scanReportSchema.parse(JSON.parse(out));
      expect(recipes.length).toBeGreaterThan(0);
      expect(stats.files).toBeGreaterThan(0);
      for (const { recipe, fields } of containers) {
        expect(recipes.map(({ id }) => id)).toContain(recipe);
        expect(fields.map(({ resource }) => resource)).toEqual([
          "requests.cpu",
          "requests.memory",
          "limits.cpu",
          "limits.memory",
        ]);
      }
    },
  );

  it("names for each number the line that sets it, its layer, and all that it feeds", async () => {
    const { containers } = await reportOf("helm-values-prod");
    const [chart, prod] = containers;
    expect(prod).toMatchObject({
      recipe: "helm:charts/api?values-prod.yaml",
      namespace: null,
      kind: "Deployment",
      workload: "api",
      container: "api",
      init: false,
      current: { requests: { cpu: "1", memory: "256Mi" }, limits: {} },
    });
    expect(prod?.fields.slice(0, 2)).toEqual([
      {
        resource: "requests.cpu",
        status: "proven",
        reason: null,
        message: null,
        file: "charts/api/values-prod.yaml",
        line: 4,
        column: 10,
        keyPath: "resources.requests.cpu",
        layer: "values",
        present: true,
        feeds: [
          { recipe: "helm:charts/api?values-prod.yaml", workload: "Deployment//api", container: "api" },
        ],
      },
      expect.objectContaining({
        resource: "requests.memory",
        file: "charts/api/values.yaml",
        feeds: [
          { recipe: "helm:charts/api", workload: "Deployment//api", container: "api" },
          { recipe: "helm:charts/api?values-prod.yaml", workload: "Deployment//api", container: "api" },
        ],
      }),
    ]);
    const named = chart?.fields.find(({ resource }) => resource === "requests.cpu");
    const text = await readFile(path.join(caseFolder("helm-values-prod"), named?.file ?? ""), "utf8");
    expect(text.split("\n")[(named?.line ?? 0) - 1]).toBe("    cpu: 250m");
  });

  it("says of a recipe that can't be rendered, and of a number without a line, why", async () => {
    const { recipes } = await reportOf("argocd-refused");
    const refused = recipes.filter(({ status }) => status === "refused");
    expect(refused.length).toBeGreaterThan(2);
    for (const recipe of refused) {
      expect(recipe.reason).toMatch(/^[a-z-]+$/);
      expect(recipe.message).not.toBeNull();
    }
    const { containers } = await reportOf("helm-computed");
    expect(containers[0]?.fields[1]).toMatchObject({
      resource: "requests.memory",
      status: "refused",
      reason: "computed",
      file: "charts/api/templates/deployment.yaml",
      keyPath: null,
      feeds: [],
    });
  });

  it.each(["helm-computed", "argocd-refused", "kustomize-base-sets", "flux-release-patched"])(
    "prints of %s a table that fits 100 columns",
    async (name) => {
      const { out, err, code } = await runIn(name, "scan");
      expect({ err, code }).toEqual({ err: "", code: 0 });
      expect(out.split("\n").filter((line) => line.length > 100)).toEqual([]);
    },
  );

  it("shows in the table file and line, what is not set, what is shared, and reasons", async () => {
    const { out } = await runIn("kustomize-base-sets", "scan");
    expect(out).toContain("proven    kustomize:overlays/prod\n  Deployment/shop-prod/api  api\n");
    expect(out).toContain("    requests.cpu     250m        base/api.yaml:19 (feeds 2 containers)\n");
    expect(out).toContain(
      "    limits.cpu       —           base/api.yaml:22 (not set; feeds 2 containers)\n",
    );
    const refused = await runIn("helm-computed", "scan");
    expect(refused.out).toContain("refused: charts/api/templates/deployment.yaml: requests.memory is\n");
  });

  it("prints into a file", async () => {
    await using scratch = await gitFolder({ from: caseFolder("plain-folders") });
    const output = path.join(scratch.folder, "scan.json");
    const { out, code } = await runIn("helm-chart", "scan", "--format", "json", "--output", output);
    expect({ out, code }).toEqual({ out: "", code: 0 });
    expect(await faultsBySchema("scan", await readFile(output, "utf8"))).toBeNull();
  });

  it("lets no name in a repository steer the terminal", async () => {
    const hostile = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: "a\\e[31mb\\nc"}\nspec: {template: {spec: {containers: [{name: "x\\e[2J"}]}}}\n`;
    await using repository = await gitFolder({ files: { "a.yaml": hostile } });
    const { out } = await run("scan", "--repo", repository.folder);
    expect(out).toContain("x�[2J");
    expect(out).not.toContain("\u001B");
  });

  it.each([
    [["--repo", "/nowhere"], /--repo \/nowhere/],
    [[], /--repo/],
    [["--repo", ".", "--network", "--offline"], /--offline.*--network|--network.*--offline/],
    [["--repo", ".", "--format", "xml"], /--format/],
  ])("%j exits with 2 and says why", async (flags, message) => {
    const { code, err, out } = await run("scan", ...flags);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  async function reportOf(name: string): Promise<ScanReport> {
    const { out } = await runIn(name, "scan", "--format", "json");
    return scanReportSchema.parse(JSON.parse(out));
  }
});
