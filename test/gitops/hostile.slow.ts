import { mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { changeRepository } from "../../src/gitops/change.ts";
import { directoryTree } from "../../src/gitops/directory-tree.ts";
import { programRenderer, type Renderer } from "../../src/gitops/render/renderer.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import type { Tree } from "../../src/gitops/tree.ts";
import { renderersForTests } from "../support/renderers.ts";
import { deployment } from "./files.ts";
import { applicationSet, ATTACKS, chart, HONEST, list, NUMBERS, RESOURCES } from "./hostile-attacks.ts";
import { folderOf } from "./render/folder-of.ts";

const renderers = await renderersForTests();

describe.skipIf(!renderers)("a hostile repository", () => {
  let temporary = "";

  beforeEach(async () => {
    temporary = await folderOf({});
  });

  afterEach(() => void vi.unstubAllEnvs());

  const renderer = async (): Promise<Renderer> => {
    const { helm = "", kubectl = "" } = renderers?.current ?? {};
    const chartCache = path.join(temporary, "never-made");
    return await programRenderer({ helm, kubectl, chartCache, limits: { timeoutMillis: 3000 } });
  };

  /** With a folder for temporary files that is looked into afterwards. */
  const scan = async (tree: Tree): Promise<RepositoryScan> => {
    vi.stubEnv("TMPDIR", temporary);
    return await scanRepository("acme/shop", tree, { renderer: await renderer(), isOwn: () => true });
  };

  it.each(ATTACKS)("is bounded and told of, and its neighbour served: %s", async (_, files, code) => {
    const root = await folderOf({ ...HONEST, ...files });
    const before = await contentsOf(root);
    const started = performance.now();
    const scanned = await scan(await directoryTree(root));
    const { files: edited, results } = await changeRepository(
      scanned,
      scanned.containers.map((at) => ({ at, wanted: { requests: { cpu: "333m" }, limits: {} } })),
    );
    expect(performance.now() - started).toBeLessThan(30_000);
    const codes = scanned.recipes.flatMap(({ refused }) => refused?.code ?? []);
    expect(codes).toEqual(code === undefined ? [] : expect.arrayContaining([code]));
    const honest = results.find(({ change }) => change.at.workload === "honest");
    expect(honest).toMatchObject({ status: "proven", files: ["honest/api.yaml"] });
    expect(edited.find((file) => file.path === "honest/api.yaml")?.after).toContain("cpu: 333m");
    // Nothing of this machine is in what people read, nothing is left, and nothing was written.
    const said = JSON.stringify([scanned.recipes, scanned.containers, edited, results]);
    expect(said).not.toMatch(/root:x:|\/bin\/(?:ba)?sh|loadline-(?:tree|helm|home)-/);
    expect(reasonsOf(scanned)).not.toMatch(/\p{Cc}/u);
    expect(await readdir(temporary)).toEqual([]);
    expect(await contentsOf(root)).toEqual(before);
  });

  it("fans out to thousands of Applications, and changes the line that they share once", async () => {
    const root = await folderOf(
      applicationSet(`{matrix: {generators: [${list("a", 60)}, ${list("b", 60)}]}}`),
    );
    const scanned = await scan(await directoryTree(root));
    expect(scanned.containers).toHaveLength(3600);
    const changes = scanned.containers.map((at) => ({
      at,
      wanted: { requests: { cpu: "333m" }, limits: {} },
    }));
    const { files, results } = await changeRepository(scanned, changes);
    expect(files).toHaveLength(1);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["proven"]));
    const alone = await changeRepository(scanned, changes.slice(0, 1));
    expect(alone).toMatchObject({ files: [], results: [{ reason: { code: "feeds-others" } }] });
  });

  it("takes a file that is another one each time it is read for what it was first", async () => {
    const root = await folderOf({ ...HONEST, ...chart(RESOURCES) });
    const tree = await directoryTree(root);
    let reads = 0;
    const changing: Tree = {
      files: async () => await tree.files(),
      async read(file) {
        reads += 1;
        const text = Buffer.from(await tree.read(file)).toString();
        return Buffer.from(text.replace("100m", `${100 + reads}m`));
      },
    };
    const scanned = await scan(changing);
    for (const { current, fields } of scanned.containers) {
      const field = fields["requests.cpu"];
      if (field.status === "refused") throw new Error(field.reason.message);
      // What was rendered is what stands at the place.
      expect(field.place.text).toBe(current.requests.cpu);
    }
    expect(scanned.containers).toHaveLength(2);
  });

  it.each([
    ["goes away", async (file: string) => await rm(file)],
    [
      "becomes a link",
      async (file: string) => {
        await rm(file);
        await symlink("/etc/passwd", file);
      },
    ],
    [
      "becomes a pipe, on which a reader waits for ever",
      async (file: string) => {
        await rm(file);
        await execa("mkfifo", [file]);
      },
    ],
    [
      "becomes a folder",
      async (file: string) => {
        await rm(file);
        await mkdir(file);
      },
    ],
  ])("goes on with the others where a file %s after it was listed", async (_, becomes) => {
    const root = await folderOf({
      ...HONEST,
      ...chart(RESOURCES),
      "plain/api.yaml": deployment("api", NUMBERS),
      "k/kustomization.yaml": "resources: [api.yaml]\n",
      "k/api.yaml": deployment("api", NUMBERS),
    });
    const tree = await directoryTree(root);
    await tree.files();
    for (const file of ["chart/values.yaml", "plain/api.yaml", "k/api.yaml"])
      await becomes(path.join(root, file));
    const scanned = await scan(tree);
    expect(scanned.containers.map(({ workload }) => workload)).toEqual(["honest"]);
    expect(scanned.recipes.flatMap(({ refused }) => refused?.code ?? [])).toEqual(
      expect.arrayContaining(["unreadable"]),
    );
    expect(await readdir(temporary)).toEqual([]);
  });
});

async function contentsOf(root: string): Promise<Record<string, number>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(root, file), (await readFile(file)).length] as const;
      }),
  );
  return Object.fromEntries(sizes);
}

function reasonsOf({ recipes, containers }: RepositoryScan): string {
  return [
    ...recipes.flatMap(({ refused }) => refused?.message ?? []),
    ...containers.flatMap(({ fields }) =>
      Object.values(fields).flatMap((field) => (field.status === "refused" ? [field.reason.message] : [])),
    ),
  ].join("¶");
}
