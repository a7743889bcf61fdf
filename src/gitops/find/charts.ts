import path from "node:path/posix";
import { isRecord } from "../../manifests/key-path.ts";
import type { Recipe } from "../recipe.ts";
import { folderOf, foldersAbove, resolveInTree, type Sources } from "../sources.ts";

const VALUES_BESIDE = /^values[-_.].+\.ya?ml$/;

/** Folders with a `Chart.yaml`, those of vendored subcharts included. */
export function chartFolders(sources: Sources): string[] {
  return sources.named("Chart.yaml").map(folderOf);
}

/** Whether a file is a template of some chart, and so no YAML. */
export function isTemplate(file: string, charts: ReadonlySet<string>): boolean {
  return isInChart(file, "templates", charts);
}

/** Whether a file or folder belongs to a subchart that was copied into a chart. */
export function isVendored(file: string, charts: ReadonlySet<string>): boolean {
  return isInChart(file, "charts", charts);
}

function isInChart(file: string, part: "templates" | "charts", charts: ReadonlySet<string>): boolean {
  return foldersAbove(file).some((folder) => path.basename(folder) === part && charts.has(folderOf(folder)));
}

/** A chart of its own, rendered with its own values, and once more with each `values-<name>.yaml` beside them. */
export async function helmRecipes(
  sources: Sources,
  isClaimed: (folder: string) => boolean,
): Promise<Recipe[]> {
  const charts = chartFolders(sources);
  const chartSet = new Set(charts);
  const dependencies = new Set(
    (await Promise.all(charts.map(async (chart) => await localDependencies(sources, chart)))).flat(),
  );
  const recipes: Recipe[] = [];
  for (const chart of charts) {
    if (dependencies.has(chart) || isVendored(chart, chartSet) || isClaimed(chart)) continue;
    const metadata = await chartMetadata(sources, chart);
    if (metadata["type"] === "library") continue;
    const release = releaseName(metadata["name"], chart);
    const beside = sources
      .in(chart)
      .map((file) => path.basename(file))
      .filter((name) => VALUES_BESIDE.test(name));
    for (const values of [[], ...beside.map((name) => [name])])
      recipes.push({
        id: `helm:${chart}${values.map((name) => `?${name}`).join("")}`,
        kind: "helm",
        path: chart,
        ...(values.length > 0 ? { values } : {}),
        steps: [
          {
            tool: "helm",
            chart: { path: chart },
            release,
            values: values.map((name) => ({ file: inFolder(chart, name) })),
          },
        ],
      });
  }
  return recipes;
}

/** Every file of the tree that rendering a chart reads: its own, and those of charts it depends on by `file://`. */
export async function chartFiles(sources: Sources, chart: string): Promise<Set<string>> {
  if (sources.has(chart)) return new Set([chart]);
  const files = new Set<string>();
  const seen = new Set<string>();
  const queue = [chart];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const file of sources.below(next)) files.add(file);
    for (const file of sources.below(next))
      if (path.basename(file) === "Chart.yaml")
        queue.push(...(await localDependencies(sources, folderOf(file))));
  }
  return files;
}

/** Charts in the tree that a chart names as `file://` dependencies. */
async function localDependencies(sources: Sources, chart: string): Promise<string[]> {
  const { dependencies } = await chartMetadata(sources, chart);
  if (!Array.isArray(dependencies)) return [];
  return dependencies.flatMap((dependency: unknown) => {
    const repository = isRecord(dependency) ? dependency["repository"] : undefined;
    if (typeof repository !== "string" || !repository.startsWith("file://")) return [];
    const found = resolveInTree(chart, repository.slice("file://".length));
    return found === undefined ? [] : [found];
  });
}

export async function chartMetadata(sources: Sources, chart: string): Promise<Record<string, unknown>> {
  const file = inFolder(chart, "Chart.yaml");
  if (!sources.has(file)) return {};
  const data = await sources.data(file);
  const first = "refused" in data ? undefined : data.values[0];
  return isRecord(first) ? first : {};
}

export function inFolder(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** Helm takes lower case letters, digits, dashes and dots. */
function releaseName(name: unknown, chart: string): string {
  const wanted = typeof name === "string" ? name : path.basename(chart);
  return (
    wanted
      .toLowerCase()
      .replaceAll(/[^a-z0-9.-]+/g, "-")
      .replaceAll(/^[-.]+|[-.]+$/g, "")
      .slice(0, 53) || "release"
  );
}
