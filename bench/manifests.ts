import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import pLimit from "p-limit";
import { parseAllDocuments } from "yaml";
import { directoryTree } from "../src/gitops/directory-tree.ts";
import { expand } from "../src/gitops/expand.ts";
import { renderFolder } from "../src/gitops/render-folder.ts";
import { parseYaml } from "../src/gitops/render/rendered.ts";
import { programRenderer, type Renderer } from "../src/gitops/render/renderer.ts";
import { scanRepository } from "../src/gitops/scan-repository.ts";
import type { Tree } from "../src/gitops/tree.ts";
import { installRenderers } from "../scripts/install-renderers.ts";
import { FILES_PER_TEAM, writeRepository } from "./generated-repository.ts";

const FILES = 20_000;
/** Enough recipes for a mean, and few enough for a coffee. */
const RENDERED_TEAMS = 12;
const TIMES = 3;

/** How fast recipes are found, and what is rendered, against plain reading and parsing in the same run. */
export async function manifests(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-bench-"));
  try {
    const { helm, kubectl } = (await installRenderers()).current;
    const chartCache = path.join(folder, "charts");
    const renderer = await programRenderer({ helm, kubectl, chartCache });
    console.log(`${availableParallelism()} cores, Node.js ${process.versions.node}\n`);
    await finding(path.join(folder, "large"), renderer);
    await scanning(folder, renderer);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Finds the recipes of a large repository, and reads and parses all of it, by turns. */
async function finding(folder: string, renderer: Renderer): Promise<void> {
  const teams = FILES / FILES_PER_TEAM;
  const bytes = await writeRepository(folder, teams);
  let recipes = 0;
  const runs = {
    read: async (): Promise<void> => await eachText(await directoryTree(folder), () => undefined),
    fast: async (): Promise<void> => await eachText(await directoryTree(folder), parseYaml),
    exact: async (): Promise<void> => await eachText(await directoryTree(folder), exactly),
    find: async (): Promise<void> => {
      const options = { renderer, isOwn: () => true, skip: () => true };
      recipes = (await expand(await directoryTree(folder), options)).expanded.length;
    },
  };
  // The first round only warms up the disk's cache; the exact parser is too slow to be asked twice.
  await runs.find();
  const rounds: { read: Cost; fast: Cost; find: Cost }[] = [];
  for (let round = 0; round < TIMES; round += 1)
    rounds.push({
      read: await costOf(runs.read),
      fast: await costOf(runs.fast),
      find: await costOf(runs.find),
    });
  const of = (what: "read" | "fast" | "find"): Cost => ({
    wall: median(rounds.map((round) => round[what].wall)),
    cpu: median(rounds.map((round) => round[what].cpu)),
  });
  const exact = await costOf(runs.exact);
  const find = of("find");
  console.log(`${FILES} YAML files, ${(bytes / 1e6).toFixed(1)} MB, ${recipes} recipes`);
  console.log(`${"".padEnd(42)}  seconds    files/s     MB/s  × finding   CPU s  × finding`);
  const row = (what: string, { wall, cpu }: Cost): void =>
    console.log(
      what.padEnd(42),
      wall.toFixed(2).padStart(8),
      String(Math.round(FILES / wall)).padStart(10),
      (bytes / 1e6 / wall).toFixed(1).padStart(8),
      (wall / find.wall).toFixed(2).padStart(10),
      cpu.toFixed(2).padStart(7),
      (cpu / find.cpu).toFixed(2).padStart(10),
    );
  row("finding all recipes, nothing rendered", find);
  row("reading every file, nothing parsed", of("read"));
  row("reading and parsing every file (js-yaml)", of("fast"));
  row("reading and parsing every file (yaml)", exact);
}

/** Scans a repository with all renders, then again, then after a commit. */
async function scanning(folder: string, renderer: Renderer): Promise<void> {
  const repository = path.join(folder, "small");
  await writeRepository(repository, RENDERED_TEAMS);
  const kept = renderFolder(path.join(folder, "renders"));
  const scan = async (): Promise<{ renders: number; recipes: number; taken: number }> => {
    const started = performance.now();
    const { renders, recipes } = await scanRepository("acme/platform", await directoryTree(repository), {
      renderer,
      isOwn: () => true,
      kept,
    });
    return { renders, recipes: recipes.length, taken: (performance.now() - started) / 1000 };
  };
  const first = await scan();
  const second = await scan();
  await replace(path.join(repository, "team-0003/chart/values.yaml"), "cpu: 100m", "cpu: 150m");
  const afterValues = await scan();
  await replace(
    path.join(repository, "team-0005/chart/templates/web.yaml"),
    "replicas:",
    "paused: false\n  replicas:",
  );
  const afterTemplate = await scan();
  console.log(
    `\n${RENDERED_TEAMS * FILES_PER_TEAM} files, ${first.recipes} recipes, ${(first.renders / first.recipes).toFixed(2)} renders per recipe`,
  );
  const row = (what: string, { renders, taken }: typeof first): void =>
    console.log(
      `${what.padEnd(44)} ${taken.toFixed(2).padStart(7)} s ${String(renders).padStart(7)} renders ${(first.taken / taken).toFixed(1).padStart(6)} × as fast as the first`,
    );
  row("first scan", first);
  row("second scan, nothing changed", second);
  row("scan after a commit to a values file", afterValues);
  row("scan after a commit to a template", afterTemplate);
}

async function eachText(tree: Tree, use: (text: string) => unknown): Promise<void> {
  const limit = pLimit(16);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const files = await tree.files();
  await Promise.all(
    files.map(async (file) => await limit(async () => void use(decoder.decode(await tree.read(file))))),
  );
}

/** The parser that edits go through, with nothing but its documents asked for. */
function exactly(text: string): void {
  parseAllDocuments(text, { logLevel: "silent" });
}

async function replace(file: string, before: string, after: string): Promise<void> {
  await writeFile(file, (await readFile(file, "utf8")).replace(before, after));
}

/** In seconds; on a machine that has other things to do, the processor's time says more. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

async function costOf(run: () => Promise<void>): Promise<Cost> {
  const [started, used] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
