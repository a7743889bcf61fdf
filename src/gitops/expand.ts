import { isDeepStrictEqual } from "node:util";
import pLimit from "p-limit";
import { isRecord, valueAt } from "../manifests/key-path.ts";
import { argoRecipes } from "./argocd/recipes.ts";
import { chartFolders, helmRecipes, isTemplate } from "./find/charts.ts";
import { kustomizeRecipes } from "./find/kustomizations.ts";
import { isWithin, otherTools } from "./find/other-tools.ts";
import { plainRecipes } from "./find/plain.ts";
import { fluxRecipes } from "./flux/recipes.ts";
import type { Declared, Recipe } from "./recipe.ts";
import { type Outcome, renderRecipe } from "./render-recipe.ts";
import type { Renderer } from "./render/renderer.ts";
import { Sources } from "./sources.ts";
import type { Tree } from "./tree.ts";
import { Workspace } from "./workspace.ts";

/** A recipe and what came of it. */
export interface Expanded {
  readonly recipe: Recipe;
  readonly outcome: Outcome;
}

export interface ExpandOptions {
  readonly renderer: Renderer;
  /** Whether an address in an Application or a GitRepository is the repository at hand. */
  readonly isOwn: (repoUrl: string) => boolean;
  /** Changes a recipe before it is rendered. */
  readonly adapt?: (recipe: Recipe) => Recipe;
  /** A rendering of the same recipe that still holds, if the caller knows one. */
  readonly known?: (recipe: Recipe) => Expanded | undefined;
}

/** Applications that make Applications, and so on; deeper is a loop. */
const MOST_ROUNDS = 6;

const GITOPS_GROUPS = /^(?:argoproj\.io|(?:kustomize|helm|source)\.toolkit\.fluxcd\.io)\//;

/**
 * Finds every recipe of a tree and renders it. Recipes may be declared by objects that other recipes render
 * (an app of apps, a HelmRelease patched by a kustomization): it is done when a round brings nothing new.
 */
export async function expand(
  tree: Tree,
  options: ExpandOptions,
): Promise<{ sources: Sources; expanded: readonly Expanded[]; renders: number }> {
  const sources = await Sources.of(tree);
  await using workspace = await Workspace.create(sources);
  const rendered = new Map<string, { recipe: Recipe; outcome: Promise<Outcome> }>();
  let renders = 0;
  const render = async (recipes: readonly Recipe[]): Promise<Expanded[]> =>
    await Promise.all(
      recipes.map(async (found) => {
        const recipe = options.adapt ? options.adapt(found) : found;
        const held = options.known?.(recipe);
        if (held && isDeepStrictEqual(held.recipe, recipe)) return held;
        const known = rendered.get(recipe.id);
        if (known && isDeepStrictEqual(known.recipe, recipe)) return { recipe, outcome: await known.outcome };
        renders += recipe.refused ? 0 : recipe.steps.filter(({ tool }) => tool !== "plain").length;
        const outcome = renderRecipe(recipe, { sources, workspace, renderer: options.renderer });
        rendered.set(recipe.id, { recipe, outcome });
        return { recipe, outcome: await outcome };
      }),
    );
  const raw = await declaredInFiles(sources);
  let declared: readonly Declared[] = raw;
  let expanded: Expanded[] = [];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const [argo, flux] = await Promise.all([
      argoRecipes(declared, sources, options.isOwn),
      fluxRecipes(declared, sources, options.isOwn),
    ]);
    const others = await ownRecipes(sources, [...argo.claims, ...flux.claims]);
    expanded = await render([...argo.recipes, ...flux.recipes, ...others]);
    const next = withRendered(raw, expanded);
    if (isDeepStrictEqual(next, declared)) break;
    declared = next;
  }
  return { sources, expanded, renders };
}

/** Kustomizations, charts and plain folders that no other recipe reads. */
async function ownRecipes(sources: Sources, claims: readonly string[]): Promise<Recipe[]> {
  const claimed = new Set(claims);
  const isClaimed = (place: string): boolean => claimed.has(place);
  const tools = otherTools(sources);
  const kustomize = await kustomizeRecipes(sources, isClaimed);
  const charts = await helmRecipes(sources, isClaimed);
  const chartSet = new Set(chartFolders(sources));
  const generated = tools
    .filter(({ kind, path: folder }) => kind === "cdk8s" && folder !== "")
    .map((tool) => tool.path);
  const plain = await plainRecipes(
    sources,
    (file) =>
      kustomize.claims.has(file) ||
      [...chartSet].some((chart) => isWithin(file, chart)) ||
      generated.some((folder) => isWithin(file, folder)) ||
      claims.some((claim) => isWithin(file, claim)),
  );
  return [...kustomize.recipes, ...charts, ...plain, ...tools];
}

async function declaredInFiles(sources: Sources): Promise<Declared[]> {
  const charts = new Set(chartFolders(sources));
  const limit = pLimit(16);
  const found = await Promise.all(
    sources.files
      .filter((file) => /\.(?:ya?ml|json)$/.test(file) && !isTemplate(file, charts))
      .map((file) =>
        limit(async (): Promise<Declared[]> => {
          const source = await sources.text(file);
          if (
            "refused" in source ||
            !/argoproj\.io|toolkit\.fluxcd\.io|\bConfigMap\b|\bSecret\b/.test(source.text)
          )
            return [];
          const data = await sources.data(file);
          if ("refused" in data) return [];
          return data.values.flatMap((value, document) =>
            isRecord(value) && declares(value) ? [{ object: value, origin: { file, document } }] : [],
          );
        }),
      ),
  );
  return found.flat();
}

function declares({ apiVersion, kind }: Record<string, unknown>): boolean {
  if (typeof apiVersion !== "string") return false;
  return (
    GITOPS_GROUPS.test(apiVersion) || (apiVersion === "v1" && (kind === "ConfigMap" || kind === "Secret"))
  );
}

/** What the recipes rendered takes the place of what their files say, where it differs. */
function withRendered(raw: readonly Declared[], expanded: readonly Expanded[]): Declared[] {
  const known = Map.groupBy(raw, ({ object }) => nameOf(object));
  const replaced = new Set<Declared>();
  const added: Declared[] = [];
  for (const { recipe, outcome } of expanded) {
    if ("refused" in outcome) continue;
    for (const { value, template } of outcome.objects) {
      if (!declares(value)) continue;
      const written = (known.get(nameOf(value)) ?? []).filter(
        ({ origin }) => outcome.reads.has(origin.file) || recipe.path === origin.file,
      );
      if (written.some(({ object }) => sameDeclaration(object, value))) continue;
      for (const one of written) replaced.add(one);
      const origin = written[0]?.origin ?? {
        file: template !== undefined && outcome.reads.has(template) ? template : recipe.path,
        document: 0,
      };
      added.push({ object: value, origin, renderedBy: recipe.id });
    }
  }
  return [...raw.filter((one) => !replaced.has(one)), ...added];
}

/** Kustomize puts prefixes and a hash around the names of what it generates; kind and name must do. */
function nameOf(object: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([object["kind"], valueAt(object, ["metadata", "name"])]);
}

function sameDeclaration(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  const essence = (object: Readonly<Record<string, unknown>>): unknown => {
    const { status: _status, metadata: _metadata, ...rest } = object;
    return { ...rest, namespace: valueAt(object, ["metadata", "namespace"]) };
  };
  return isDeepStrictEqual(essence(a), essence(b));
}
