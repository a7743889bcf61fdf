import path from "node:path/posix";
import { isRecord } from "../../manifests/key-path.ts";
import type { Recipe } from "../recipe.ts";
import { folderOf, resolveInTree, type Sources } from "../sources.ts";
import { chartFiles } from "./charts.ts";

export const KUSTOMIZATION_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** What a kustomization reads of its own tree. What leads elsewhere is left to the renderer to refuse. */
export interface Closure {
  /** Every file that is read, kustomizations included. */
  readonly files: ReadonlySet<string>;
  /** Manifests that are taken in whole, not those that patch others. */
  readonly manifests: ReadonlySet<string>;
  /** Folders of further kustomizations that it builds on. */
  readonly bases: ReadonlySet<string>;
  /** What it names outside of the tree. */
  readonly outside: readonly string[];
}

/** The kustomization file of a folder, if it has one. */
export function kustomizationOf(sources: Sources, folder: string): string | undefined {
  return KUSTOMIZATION_NAMES.map((name) => (folder === "" ? name : `${folder}/${name}`)).find((file) =>
    sources.has(file),
  );
}

/** Follows a kustomization through all files and folders that it names. */
export async function closureOf(sources: Sources, folder: string): Promise<Closure> {
  const files = new Set<string>();
  const manifests = new Set<string>();
  const bases = new Set<string>();
  const outside: string[] = [];
  const seen = new Set<string>();
  const queue = [folder];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const direct = await ownReach(sources, next);
    for (const file of direct.files) files.add(file);
    for (const file of direct.manifests) manifests.add(file);
    for (const base of direct.bases) bases.add(base);
    for (const named of direct.outside) outside.push(named);
    for (const base of direct.bases) queue.push(base);
  }
  return { files, manifests, bases, outside };
}

/** What a kustomization names itself; nothing where the folder has none. */
async function ownReach(sources: Sources, folder: string): Promise<Closure> {
  const files = new Set<string>();
  const manifests = new Set<string>();
  const bases = new Set<string>();
  const outside: string[] = [];
  const file = kustomizationOf(sources, folder);
  if (file === undefined) return { files, manifests, bases, outside };
  files.add(file);
  const kustomization = await documentOf(sources, file);
  for (const named of strings(
    kustomization,
    "resources",
    "bases",
    "components",
    "generators",
    "transformers",
    "validators",
  )) {
    const found = resolveInTree(folder, named);
    if (found === undefined) outside.push(named);
    else if (sources.has(found)) {
      files.add(found);
      manifests.add(found);
    } else if (kustomizationOf(sources, found) !== undefined) bases.add(found);
  }
  for (const named of otherFiles(kustomization)) {
    const found = resolveInTree(folder, named);
    if (found !== undefined && sources.has(found)) files.add(found);
  }
  for (const chart of inflatedCharts(kustomization, folder))
    for (const one of await chartFiles(sources, chart)) files.add(one);
  return { files, manifests, bases, outside };
}

/** Every kustomization that no other one builds on, but for components, which are of no use alone. */
export async function kustomizeRecipes(
  sources: Sources,
  isClaimed: (folder: string) => boolean,
): Promise<{ recipes: readonly Recipe[]; claims: ReadonlySet<string> }> {
  const folders = KUSTOMIZATION_NAMES.flatMap((name) => sources.named(name))
    .sort()
    .map(folderOf);
  const claims = new Set<string>();
  const included = new Set<string>();
  const buildable: string[] = [];
  for (const folder of new Set(folders)) {
    const kustomization = await documentOf(sources, kustomizationOf(sources, folder) ?? "");
    // Flux has a Kustomization of its own, which sometimes stands in a file of that name.
    const isComponent = kustomization?.["kind"] === "Component";
    const isFlux = isFluxObject(kustomization?.["apiVersion"]);
    // All folders have their turn, so what each names itself is enough.
    const { files, bases } = await ownReach(sources, folder);
    for (const file of files) claims.add(file);
    for (const base of bases) included.add(base);
    if (!isComponent && !isFlux) buildable.push(folder);
  }
  const starts = [...folders.filter(isClaimed), ...buildable.filter((folder) => !included.has(folder))];
  const circles = await unreached(sources, starts, buildable);
  const recipes = [...starts, ...circles]
    .filter((folder) => !isClaimed(folder))
    .map((folder): Recipe => ({
      id: `kustomize:${folder}`,
      kind: "kustomize",
      path: folder,
      // People share patches between overlays; only the tree itself is a wall.
      steps: [{ tool: "kustomize", folder, filesOfWholeTree: true }],
    }));
  return { recipes, claims };
}

/** Folders that are built on only in a circle, one of each: nothing renders them, and that is to be told. */
async function unreached(
  sources: Sources,
  starts: readonly string[],
  folders: readonly string[],
): Promise<string[]> {
  const reached = new Set<string>();
  const found: string[] = [];
  for (const [index, folder] of [...starts, ...folders].entries()) {
    if (reached.has(folder)) continue;
    if (index >= starts.length) found.push(folder);
    const queue = [folder];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      for (const base of (await ownReach(sources, next)).bases) queue.push(base);
    }
  }
  return found;
}

async function documentOf(sources: Sources, file: string): Promise<Record<string, unknown> | undefined> {
  if (!sources.has(file)) return undefined;
  const data = await sources.data(file);
  if ("refused" in data) return undefined;
  const [first] = data.values;
  return isRecord(first) ? first : undefined;
}

function isFluxObject(apiVersion: unknown): boolean {
  return typeof apiVersion === "string" && apiVersion.startsWith("kustomize.toolkit.fluxcd.io");
}

function strings(record: Record<string, unknown> | undefined, ...keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const value = record?.[key];
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  });
}

function records(record: Record<string, unknown> | undefined, key: string): Record<string, unknown>[] {
  const value = record?.[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Patches, generators' files, values files: what is read and is no manifest of its own. */
function otherFiles(kustomization: Record<string, unknown> | undefined): string[] {
  const paths = ["patches", "patchesJson6902", "replacements"].flatMap((key) =>
    records(kustomization, key).map((item) => item["path"]),
  );
  const generated = ["configMapGenerator", "secretGenerator"].flatMap((key) =>
    records(kustomization, key).flatMap((item) => [
      ...strings(item, "files").map((file) => file.replace(/^[^=/]*=/, "")),
      ...strings(item, "envs"),
      item["env"],
    ]),
  );
  const values = records(kustomization, "helmCharts").flatMap((chart) => [
    chart["valuesFile"],
    ...strings(chart, "additionalValuesFiles"),
  ]);
  const openapi = kustomization?.["openapi"];
  return [
    ...strings(kustomization, "patchesStrategicMerge", "crds", "configurations"),
    ...paths,
    ...generated,
    ...values,
    ...(isRecord(openapi) ? [openapi["path"]] : []),
  ].filter((named): named is string => typeof named === "string" && !named.includes("\n"));
}

function inflatedCharts(kustomization: Record<string, unknown> | undefined, folder: string): string[] {
  const globals = kustomization?.["helmGlobals"];
  const home =
    isRecord(globals) && typeof globals["chartHome"] === "string" ? globals["chartHome"] : "charts";
  return records(kustomization, "helmCharts").flatMap(({ name, version }) => {
    if (typeof name !== "string") return [];
    // Kustomize keeps what it pulled by version, and people commit it.
    const pulled = typeof version === "string" ? [path.join(home, `${name}-${version}`, name)] : [];
    return [path.join(home, name), ...pulled].flatMap((at) => resolveInTree(folder, at) ?? []);
  });
}
