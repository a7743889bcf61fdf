import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { directoryTree } from "../../src/gitops/directory-tree.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import { gitFolder } from "../support/git-folder.ts";
import { renderersForTests } from "../support/renderers.ts";
import { deployment } from "./files.ts";

const renderers = await renderersForTests();

/** Scans a folder that `prepare` makes worse than git would let it be. */
async function scan(
  files: Readonly<Record<string, string>>,
  prepare: (folder: string) => Promise<unknown> = async () => await Promise.resolve(),
): Promise<RepositoryScan> {
  await using repository = await gitFolder({ files });
  await prepare(repository.folder);
  const { helm = "", kubectl = "" } = renderers?.current ?? {};
  const renderer = await programRenderer({
    helm,
    kubectl,
    chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
  });
  return await scanRepository("a/b", await directoryTree(repository.folder), { renderer, isOwn: () => true });
}

const reasons = ({ recipes }: RepositoryScan): string[] =>
  recipes.flatMap(({ id, refused }) => (refused ? [`${id} ${refused.code}`] : []));

const CHART = { "chart/Chart.yaml": "apiVersion: v2\nname: api\nversion: 1.0.0\n" };

describe.skipIf(!renderers)("a tree that means harm", () => {
  it("aliases that expand without bound cost neither time nor memory", async () => {
    const levels = Array.from("abcdefghijk").map(
      (name, index, all) =>
        `${name}: &${name} [${
          index === 0
            ? "1"
            : Array(9)
                .fill(`*${all[index - 1]}`)
                .join(", ")
        }]`,
    );
    const { recipes } = await scan({
      "bomb.yaml": `${deployment("api")}---\n${levels.join("\n")}\n`,
      "good/api.yaml": deployment("api"),
    });
    expect(recipes.map(({ id, refused }) => `${id} ${refused?.code ?? "ok"}`).sort()).toEqual([
      "plain:bomb.yaml yaml-bomb",
      "plain:good ok",
    ]);
  });

  it("a file of 50 MB is told by name, and never parsed", async () => {
    const found = await scan({ "good/api.yaml": deployment("api") }, async (folder) => {
      await writeFile(path.join(folder, "huge.yaml"), deployment("huge") + "# x\n".repeat(13_000_000));
    });
    expect(reasons(found)).toEqual(["plain:huge.yaml file-too-large"]);
    expect(found.containers).toHaveLength(1);
  });

  it("links that lead out are no files of the tree, wherever they are named", async () => {
    const found = await scan(
      { "app/kustomization.yaml": "resources: [api.yaml, passwd.yaml]\n", "app/api.yaml": deployment("api") },
      async (folder) => {
        await symlink("/etc/passwd", path.join(folder, "app", "passwd.yaml"));
        await symlink("/etc", path.join(folder, "chart"));
      },
    );
    expect(found.containers).toEqual([]);
    expect(found.recipes.map(({ refused }) => refused?.message ?? "").join()).not.toContain("root:");
  });

  it("a kustomization that names what lies outside is refused before anything runs", async () => {
    expect(reasons(await scan({ "app/kustomization.yaml": "resources: [../../../../etc]\n" }))).toEqual([
      "kustomize:app outside-tree",
    ]);
    expect(
      reasons(
        await scan({ "app/kustomization.yaml": "resources: ['https://github.com/acme/x//base?ref=v1']\n" }),
      ),
    ).toEqual(["kustomize:app remote-base"]);
  });

  it("ten thousand keys of values, and two thousand maps of resources among them, are traced", async () => {
    const keys = Array.from(
      { length: 10_000 },
      (_, index) => `key${index}: ${index % 5 === 0 ? "{resources: {}}" : "1"}`,
    );
    const container = "{name: api, resources: {{ toJson .Values.key0.resources }}}";
    const template = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: [${container}]}}}\n`;
    const { containers } = await scan({
      ...CHART,
      "chart/values.yaml": `${keys.join("\n")}\n`,
      "chart/templates/api.yaml": template,
    });
    expect(containers[0]?.fields["requests.cpu"]).toMatchObject({
      status: "proven",
      place: { file: "chart/values.yaml", path: ["key0", "resources", "requests", "cpu"] },
    });
  });

  it("an Application of the folder that it stands in comes to an end", async () => {
    const application = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: self, namespace: argocd}\nspec:\n  destination: {namespace: shop}\n  source: {repoURL: "https://git.example/a/b", path: apps}\n`;
    const found = await scan({ "apps/self.yaml": application, "apps/api.yaml": deployment("api") });
    expect(found.containers.map(({ workload, namespace }) => `${namespace}/${workload}`)).toEqual([
      "shop/api",
    ]);
  });

  it("names with line feeds and escapes are files like any other", async () => {
    const odd = "a\nb \u001b[31m.yaml";
    const { containers } = await scan({ [`x/${odd}`]: deployment("api") });
    expect(containers[0]?.fields["limits.cpu"]).toMatchObject({ place: { file: `x/${odd}` } });
  });

  it("leaves no scratch folder behind", async () => {
    const own = await mkdtemp(path.join(tmpdir(), "loadline-scratch-of-tests-"));
    vi.stubEnv("TMPDIR", own);
    try {
      await scan({ ...CHART, "chart/values.yaml": "{}\n", "chart/templates/bad.yaml": '{{ fail "no" }}' });
      expect(await readdir(own)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await rm(own, { recursive: true });
    }
  });
});
