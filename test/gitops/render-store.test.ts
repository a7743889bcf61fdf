import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ExpandOptions } from "../../src/gitops/expand.ts";
import { changeRepository } from "../../src/gitops/change.ts";
import { renderFolder } from "../../src/gitops/render-folder.ts";
import type { RenderStore } from "../../src/gitops/render-store.ts";
import { programRenderer, type Renderer } from "../../src/gitops/render/renderer.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import { renderersForTests } from "../support/renderers.ts";
import { deployment, treeOf } from "./files.ts";
import { chartYaml, DEPLOYMENT_TEMPLATE } from "./render/folder-of.ts";

const renderers = await renderersForTests();

const chart = (name: string): Record<string, string> => ({
  [`charts/${name}/Chart.yaml`]: chartYaml(name),
  [`charts/${name}/values.yaml`]: "resources: {requests: {cpu: 100m}}\n",
  [`charts/${name}/templates/api.yaml`]: DEPLOYMENT_TEMPLATE,
});

/** Two charts, and two overlays of one base. */
const REPOSITORY: Readonly<Record<string, string>> = {
  ...chart("one"),
  ...chart("two"),
  "base/kustomization.yaml": "resources: [api.yaml]\n",
  "base/api.yaml": deployment("api", "- name: app\n  resources: {requests: {cpu: 100m}}"),
  "dev/kustomization.yaml": "namespace: dev\nresources: [../base]\n",
  "prod/kustomization.yaml": "namespace: prod\nresources: [../base]\npatches: [{path: cpu.yaml}]\n",
  "prod/cpu.yaml": deployment("api", "- name: app\n  resources: {requests: {cpu: 200m}}"),
};

describe.skipIf(!renderers)("kept renderings", () => {
  const scan = async (
    kept: RenderStore,
    files: Readonly<Record<string, string>> = REPOSITORY,
    adapted: Partial<ExpandOptions> = {},
  ): Promise<RepositoryScan> =>
    await scanRepository("acme/shop", treeOf(files), {
      renderer: await realRenderer(),
      isOwn: () => true,
      kept,
      ...adapted,
    });

  const realRenderer = async (): Promise<Renderer> => {
    const { helm = "", kubectl = "" } = renderers?.current ?? {};
    return await programRenderer({ helm, kubectl, chartCache: await scratch() });
  };

  it("spare a second scan every render, and change nothing of what it finds", async () => {
    const kept = renderFolder(await scratch());
    const first = await scan(kept);
    const second = await scan(kept);
    expect(first.renders).toBe(8);
    expect(second.renders).toBe(0);
    expect(second.containers).toEqual(first.containers);
    expect(second.recipes).toEqual(first.recipes);
  });

  it.each([
    ["a values file", "charts/one/values.yaml", ["helm:charts/one"]],
    ["a patch", "prod/cpu.yaml", ["kustomize:prod"]],
    ["a base", "base/api.yaml", ["kustomize:dev", "kustomize:prod"]],
    ["a template", "charts/two/templates/api.yaml", ["as it is", "with every place marked"]],
  ])("are made anew after an edit in %s only where it is read", async (_, file, renderings) => {
    const kept = renderFolder(await scratch());
    await scan(kept);
    const text = REPOSITORY[file] ?? "";
    const number = text.replace(/\d+m\b/, "777m");
    const edited = { ...REPOSITORY, [file]: number === text ? `${text}# other\n` : number };
    const again = await scan(kept, edited);
    // Where only a number is another one, the file with every place marked is what it was.
    expect(again.renders).toBe(renderings.length);
    const fresh = await scan(renderFolder(await scratch()), edited);
    expect(again.containers).toEqual(fresh.containers);
  });

  it("do not hide a file that appears or goes", async () => {
    const kept = renderFolder(await scratch());
    await scan(kept);
    const more = { ...REPOSITORY, "charts/one/templates/notes.yaml": deployment("more") };
    const again = await scan(kept, more);
    expect(again.renders).toBe(2);
    expect(again.containers).toHaveLength((await scan(kept)).containers.length + 1);
  });

  it("are of no use to another version of a program", async () => {
    const kept = renderFolder(await scratch());
    await scan(kept);
    const renderer = await realRenderer();
    const versions = { ...renderer.versions, kustomize: "9.9.9" };
    expect((await scan(kept, REPOSITORY, { renderer: { ...renderer, versions } })).renders).toBe(8);
  });

  it("are of no use to another version of Loadline, nor with the network to a scan without", async () => {
    const folder = await scratch();
    await scan(renderFolder(folder, { edition: "1" }));
    expect((await scan(renderFolder(folder, { edition: "2" }))).renders).toBe(8);
    const renderer = await realRenderer();
    const online = { renderer: { ...renderer, network: true } };
    expect((await scan(renderFolder(folder, { edition: "1" }), REPOSITORY, online)).renders).toBe(8);
  });

  it("that are damaged count as missing, and are replaced", async () => {
    const folder = await scratch();
    const first = await scan(renderFolder(folder));
    const [cut = "", flipped = "", emptied = "", ...others] = await filesOf(folder);
    await truncate(cut, 100);
    await writeFile(flipped, (await readFile(flipped, "utf8")).replace("100m", "900m"));
    await writeFile(emptied, "");
    const damaged = (await readFile(flipped, "utf8")).includes("900m") ? 3 : 2;
    const again = await scan(renderFolder(folder));
    expect(again.renders).toBe(damaged);
    expect(again.containers).toEqual(first.containers);
    expect((await scan(renderFolder(folder))).renders).toBe(0);
    expect(others).not.toEqual([]);
  });

  it("also serve the proof of a change, and the scan after it", async () => {
    const kept = renderFolder(await scratch());
    const before = await scan(kept);
    const { files, results } = await changeRepository(
      before,
      before.containers
        .filter(({ recipe }) => recipe.id === "kustomize:prod")
        .map((at) => ({ at, wanted: { requests: { cpu: "350m" }, limits: {} } })),
    );
    expect(results).toMatchObject([{ status: "proven" }]);
    const after = await scan(kept, {
      ...REPOSITORY,
      ...Object.fromEntries(files.map(({ path: file, after: text }) => [file, text])),
    });
    // As it is was rendered by the proof; what is left is the one with its places marked.
    expect(after.renders).toBe(0);
  });

  it("do not make what a chart draws by chance look like a side effect of an edit", async () => {
    const kept = renderFolder(await scratch());
    const secret = "kind: Secret\napiVersion: v1\nmetadata: {name: x}\ndata: {a: {{ randAlphaNum 9 }}}\n";
    const files = { ...chart("one"), "charts/one/templates/secret.yaml": secret };
    await scan(kept, files);
    const again = await scan(kept, files);
    const changes = again.containers.map((at) => ({
      at,
      wanted: { requests: { cpu: "350m" }, limits: {} },
    }));
    expect((await changeRepository(again, changes)).results).toMatchObject([{ status: "proven" }]);
  });

  it("are not kept where a render is refused", async () => {
    const folder = await scratch();
    const broken = { "app/kustomization.yaml": "resources: [missing.yaml]\n" };
    expect((await scan(renderFolder(folder), broken)).recipes[0]?.refused?.code).toBe("render-failed");
    expect(await filesOf(folder)).toEqual([]);
  });
});

describe("a folder of renderings", () => {
  const rendered = (size: number) => ({ objects: [{ text: "x".repeat(size) }], templates: [undefined] });

  it("gives back what was put in, and nothing else", async () => {
    const store = renderFolder(await scratch());
    const objects = [{ a: [1, "2", null, true, { "": {} }], ["__proto__"]: { x: 1 } }];
    await store.put("key", { objects, templates: ["t.yaml"] });
    expect(await store.get("key")).toEqual({ objects, templates: ["t.yaml"] });
    expect(await store.get("other")).toBeUndefined();
    expect(await store.get("../../../etc/passwd")).toBeUndefined();
  });

  it("keeps nothing that JSON would change", async () => {
    const store = renderFolder(await scratch());
    await store.put("key", { objects: [{ a: Number.NaN }], templates: [undefined] });
    expect(await store.get("key")).toBeUndefined();
  });

  it("is for its owner alone", async () => {
    const folder = path.join(await scratch(), "renders");
    await renderFolder(folder).put("key", rendered(1));
    const [file = ""] = await filesOf(folder);
    expect([(await stat(folder)).mode & 0o777, (await stat(file)).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it("stays within its size by deleting what was not used for longest, drafts of killed writers too", async () => {
    const folder = await scratch();
    await writeFile(path.join(folder, "killed.tmp"), "x".repeat(5000));
    await utimes(path.join(folder, "killed.tmp"), 1, 1);
    for (let index = 0; index < 8; index += 1) {
      await renderFolder(folder, { bytes: 10_000 }).put(`key-${index}`, rendered(1000));
      await new Promise((resolve) => setTimeout(resolve, 5));
      await renderFolder(folder).get("key-0");
    }
    const store = renderFolder(folder, { bytes: 4000 });
    await store.put("last", rendered(1000));
    const sizes = await Promise.all((await filesOf(folder)).map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(5000);
    expect(await readdir(folder)).not.toContain("killed.tmp");
    expect(await store.get("last")).toBeDefined();
    expect(await store.get("key-0")).toBeDefined();
    expect(await store.get("key-1")).toBeUndefined();
  });

  it("takes many writers of the same keys at once", async () => {
    const folder = await scratch();
    const stores = Array.from({ length: 8 }, () => renderFolder(folder, { bytes: 20_000 }));
    await Promise.all(
      stores.flatMap((store, writer) =>
        Array.from({ length: 20 }, async (_, index) => {
          await store.put(`key-${index % 5}`, rendered(500 + (index % 5)));
          const found = await stores[(writer + 1) % 8]?.get(`key-${index % 5}`);
          if (found) expect(found).toEqual(rendered(500 + (index % 5)));
        }),
      ),
    );
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("that can't be written or read is as if it were empty", async () => {
    const store = renderFolder("/dev/null/renders");
    await store.put("key", rendered(1));
    expect(await store.get("key")).toBeUndefined();
  });
});

async function scratch(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-test-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort().map((name) => path.join(folder, name));
}
