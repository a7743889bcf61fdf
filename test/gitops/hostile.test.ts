import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { changeRepository } from "../../src/gitops/change.ts";
import { directoryTree } from "../../src/gitops/directory-tree.ts";
import { programRenderer, type Renderer } from "../../src/gitops/render/renderer.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import type { Tree } from "../../src/gitops/tree.ts";
import { loadline } from "../support/loadline.ts";
import { rendererEnvironment, renderersForTests } from "../support/renderers.ts";
import { application, deployment } from "./files.ts";
import { chartYaml, DEPLOYMENT_TEMPLATE, type Entry, folderOf } from "./render/folder-of.ts";

const renderers = await renderersForTests();

type Files = Readonly<Record<string, Entry>>;

const RESOURCES = "resources: {requests: {cpu: 100m}}\n";
const NUMBERS = "- name: app\n  resources: {requests: {cpu: 100m}}";
const LARGE = `#${"x".repeat(50_000_000)}\n`;
/** 9¹⁰ times one letter. */
const BOMB = ["a: &a [x]"]
  .concat(
    "bcdefghijk"
      .split("")
      .map((name, level) => `${name}: &${name} [${`*${"abcdefghij"[level]},`.repeat(9)}]`),
  )
  .join("\n");

/** The neighbour that must be found and changed, whatever lies beside it. */
const HONEST: Files = { "honest/api.yaml": deployment("honest", NUMBERS) };

const chart = (values: Entry, more: Files = {}): Files => ({
  "chart/Chart.yaml": chartYaml("chart"),
  "chart/values.yaml": values,
  "chart/templates/api.yaml": DEPLOYMENT_TEMPLATE,
  ...more,
});

const applicationSet = (generators: string): Files => ({
  "set.yaml": `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set}
spec:
  generators: [${generators}]
  template:
    metadata: {name: "app-{{a}}-{{b}}"}
    spec:
      source: {repoURL: "https://git.example/acme/shop", path: app}
      destination: {namespace: "n-{{a}}-{{b}}"}
`,
  "app/api.yaml": deployment("api", NUMBERS),
});

const list = (key: string, length: number): string =>
  `{list: {elements: [${Array.from({ length }, (_, index) => `{${key}: "${index}"}`).join(", ")}]}}`;

const many = (length: number, line: (index: number) => string): string =>
  Array.from({ length }, (_, index) => line(index)).join("");

/** What it is, its files, and the code of the reason that it is refused with, if it is. */
const ATTACKS: readonly (readonly [string, Files, string | undefined])[] = [
  ["a YAML bomb beside a workload", { "x.yaml": `${deployment("x")}---\n${BOMB}` }, "yaml-bomb"],
  ["a YAML bomb in a chart's values", chart(`${RESOURCES}${BOMB}`), "render-failed"],
  ["a YAML bomb in a kustomization", { "k/kustomization.yaml": BOMB }, "yaml-bomb"],
  ["a manifest of 50 MB", { "x.yaml": `${deployment("x")}${LARGE}` }, "file-too-large"],
  ["values of 50 MB", chart(`${RESOURCES}${LARGE}`), "render-failed"],
  ["a kustomization of 50 MB", { "k/kustomization.yaml": `resources: []\n${LARGE}` }, "file-too-large"],
  ["a chart that never ends", chart(RESOURCES, loopingTemplate()), "render-timeout"],
  [
    "a chart that asks for another from the network",
    chart(RESOURCES, {
      "chart/Chart.yaml": chartYaml("chart", [
        "{name: x, version: 1.0.0, repository: 'https://charts.example'}",
      ]),
    }),
    "needs-network",
  ],
  [
    "a kustomization that leads out",
    { "k/kustomization.yaml": "resources: [../../../etc]\n" },
    "outside-tree",
  ],
  [
    "a kustomization with 300,000 ways out",
    { "k/kustomization.yaml": `resources: [${"../../x,".repeat(300_000)}]\n` },
    "outside-tree",
  ],
  [
    "a remote base",
    { "k/kustomization.yaml": "resources: ['https://git.example/a//b?ref=v1']\n" },
    "remote-base",
  ],
  ["kustomizations in a circle", circle(), "render-failed"],
  ["5,000 kustomizations in a chain", chain(5000), "too-many-files"],
  ["values linked to /etc", chart({ link: "/etc/passwd" }), undefined],
  [
    "a base linked to /etc",
    { "k/kustomization.yaml": "resources: [base]\n", "k/base": { link: "/etc" } },
    "render-failed",
  ],
  ["a manifest linked to /etc", { "x.yaml": { link: "/etc/passwd" } }, undefined],
  [
    "a chart folder linked to /etc",
    { "charts/x": { link: "/etc" }, "app.yaml": application("x", "charts/x", "shop") },
    "missing-path",
  ],
  [
    "values with 10,000 keys",
    chart(RESOURCES + many(10_000, (index) => `key${index}: {cpu: ${index}m}\n`)),
    undefined,
  ],
  [
    "values with 2,000 maps of resources",
    chart(RESOURCES + many(2000, (index) => `c${index}: {resources: {requests: {memory: ${index}Mi}}}\n`)),
    undefined,
  ],
  [
    "values with 2,000 empty maps of resources",
    chart(RESOURCES + many(2000, (index) => `c${index}: {resources: {}}\n`)),
    undefined,
  ],
  [
    "100,000 levels of nesting",
    { "x.yaml": `${deployment("x")}---\na: ${"[".repeat(100_000)}${"]".repeat(100_000)}\n` },
    "yaml-too-deep",
  ],
  [
    "2,000 levels of indentation",
    { "x.yaml": `${deployment("x")}---\n${many(2000, (index) => `${" ".repeat(index)}a:\n`)}` },
    "yaml-too-deep",
  ],
  [
    "a million values in one list",
    { "x.yaml": `${deployment("x", NUMBERS)}---\nresources: [${"1,".repeat(1_000_000)}]\n` },
    undefined,
  ],
  ["an Application that syncs itself", { "apps/a.yaml": application("a", "apps", "argocd") }, undefined],
  [
    "Applications that sync each other",
    {
      "a/a.yaml": application("b", "b", "argocd"),
      "b/b.yaml": application("a", "a", "argocd"),
    },
    undefined,
  ],
  [
    "an Application that makes another of itself each time",
    {
      "apps/kustomization.yaml": "namePrefix: x-\nresources: [a.yaml]\n",
      "apps/a.yaml": application("a", "apps", "argocd"),
    },
    undefined,
  ],
  [
    "an ApplicationSet of 100,000",
    applicationSet(`{matrix: {generators: [${list("a", 320)}, ${list("b", 320)}]}}`),
    "generator",
  ],
  [
    "names with newlines and escapes",
    {
      "a\nb/\u001B[31mred.yaml": deployment('"\\u001b[31mred\\n"', NUMBERS),
      "k\n,\u001B[2J/kustomization.yaml": "resources: ['a,\\nb.yaml', missing.yaml]\n",
      "c\n/Chart.yaml": chartYaml("c"),
      "c\n/templates/api.yaml": "{{ fail `no` }}",
    },
    "render-failed",
  ],
  [
    "a folder with the name of one that is made while rendering",
    {
      ".loadline-1/kustomization.yaml": "namePrefix: x-\nresources: [api.yaml]\n",
      ".loadline-1/api.yaml": deployment("api", NUMBERS),
      "app.yaml": application("x", ".loadline-1", "shop").replace(
        "  destination",
        "    kustomize: {nameSuffix: -y}\n  destination",
      ),
    },
    undefined,
  ],
];

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

  it("takes half a gigabyte for all of it at once, of files with holes too", async () => {
    // But for the chart that never ends: the command line gives it its whole minute.
    const others = ATTACKS.filter(([, , code]) => code !== "render-timeout");
    const all = Object.assign({}, ...others.map(([, files], index) => movedTo(`attack-${index}`, files)));
    const root = await folderOf({ ...HONEST, ...all });
    for (const file of ["hole.yaml", "chart-with-hole/values.yaml"]) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), "");
      await truncate(path.join(root, file), 3 * 2 ** 30);
    }
    await writeFile(path.join(root, "chart-with-hole/Chart.yaml"), chartYaml("hole"));
    const ran = await loadline(["scan", "--repo", root, "--format", "json"], {
      env: {
        ...(renderers ? rendererEnvironment(renderers) : {}),
        NODE_OPTIONS: "--max-old-space-size=512",
        TMPDIR: temporary,
      },
    });
    expect(ran.err).toBe("");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('"honest/api.yaml"');
    expect(await readdir(temporary)).toEqual([]);
  }, 240_000);

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

function loopingTemplate(): Files {
  return { "chart/templates/x.yaml": "{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}" };
}

function circle(): Files {
  return {
    "k/a/kustomization.yaml": "resources: [../b]\n",
    "k/b/kustomization.yaml": "resources: [../a]\n",
  };
}

function chain(length: number): Files {
  const links = Array.from({ length }, (_, index) => [
    `k/${index}/kustomization.yaml`,
    index === length - 1 ? "resources: [api.yaml]\n" : `resources: [../${index + 1}]\n`,
  ]);
  return { ...Object.fromEntries(links), [`k/${length - 1}/api.yaml`]: deployment("api") };
}

/** Applications name folders of the repository, so theirs are moved too. */
function movedTo(folder: string, files: Files): Files {
  const moved = (text: string): string => text.replaceAll(/\bpath: (?=[.\w])/g, `path: ${folder}/`);
  return Object.fromEntries(
    Object.entries(files).map(([file, entry]) => [
      `${folder}/${file}`,
      typeof entry === "string" && entry.includes("argoproj.io") ? moved(entry) : entry,
    ]),
  );
}

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
