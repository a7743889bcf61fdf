import { isDeepStrictEqual } from "node:util";
import pLimit from "p-limit";
import type { Reason } from "../domain/reason.ts";
import { isRecord, valueAt } from "../manifests/key-path.ts";
import { argoRecipes } from "./argocd/recipes.ts";
import { chartFolders, helmRecipes, inFolder, isTemplate } from "./find/charts.ts";
import { kustomizationOf, kustomizeRecipes } from "./find/kustomizations.ts";
import { otherTools } from "./find/other-tools.ts";
import { plainRecipes } from "./find/plain.ts";
import { fluxRecipes } from "./flux/recipes.ts";
import type { Declared, Recipe } from "./recipe.ts";
import { declares, type Outcome, renderRecipe } from "./render-recipe.ts";
import type { Renderer } from "./render/renderer.ts";
import type { RenderStore } from "./render-store.ts";
import { folderOf, foldersAbove, Sources } from "./sources.ts";
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
  /** Where renderings are kept from one run to the next; absent where none are. */
  readonly kept?: RenderStore;
  /** Changes a recipe before it is rendered. */
  readonly adapt?: (recipe: Recipe) => Recipe;
  /** Recipes that need not be rendered this time. */
  readonly skip?: (recipe: Recipe) => boolean;
  /** A rendering of the same recipe that still holds, if the caller knows one. */
  readonly known?: (recipe: Recipe) => Expanded | undefined;
}

const SKIPPED: Reason = { code: "skipped", message: "it was not rendered this time" };

/** Applications that make Applications, and so on; deeper is a loop. */
const MOST_ROUNDS = 6;

/**
 * Finds every recipe of a tree and renders it. Recipes may be declared by objects that other recipes render
 * (an app of apps, a HelmRelease patched by a kustomization): it is done when a round brings nothing new.
 */
export async function expand(
  tree: Tree | Sources,
  options: ExpandOptions,
): Promise<{ sources: Sources; expanded: readonly Expanded[]; renders: number }> {
  const sources = tree instanceof Sources ? tree : await Sources.of(tree);
  await using workspace = await Workspace.create(sources);
  const rendered = new Map<string, { recipe: Recipe; outcome: Promise<Outcome> }>();
  let renders = 0;
  const render = async (recipes: readonly Recipe[]): Promise<Expanded[]> =>
    await Promise.all(
      recipes.map(async (found) => {
        const recipe = options.adapt ? options.adapt(found) : found;
        if (options.skip?.(recipe)) return { recipe, outcome: { refused: SKIPPED } };
        const held = options.known?.(recipe);
        if (held && isDeepStrictEqual(held.recipe, recipe)) return held;
        const known = rendered.get(recipe.id);
        if (known && isDeepStrictEqual(known.recipe, recipe)) return { recipe, outcome: await known.outcome };
        const outcome = renderRecipe(recipe, {
          sources,
          workspace,
          renderer: options.renderer,
          kept: options.kept,
          onRender: () => (renders += 1),
        });
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
    const declaring = await render([...argo.recipes, ...flux.recipes]);
    const reads = declaring.flatMap(({ outcome }) => ("refused" in outcome ? [] : [...outcome.reads]));
    const others = await ownRecipes(sources, [...argo.claims, ...flux.claims], new Set(reads));
    expanded = [...declaring, ...(await render(others))];
    const next = withRendered(raw, expanded);
    if (isDeepStrictEqual(next, declared)) break;
    declared = next;
  }
  return { sources, expanded, renders };
}

/** What needs not be rendered again, since the files it read are as they were; also where it was refused. */
export function stillKnown(known: Expanded | undefined, edited: ReadonlySet<string>): Expanded | undefined {
  if (!known?.outcome.reads || edited.has(known.recipe.path)) return undefined;
  return [...known.outcome.reads].some((file) => edited.has(file)) ? undefined : known;
}

/** Kustomizations, charts and plain folders that no other recipe reads. */
async function ownRecipes(
  sources: Sources,
  claims: readonly string[],
  reads: ReadonlySet<string>,
): Promise<Recipe[]> {
  const claimed = new Set(claims);
  const isClaimed = (place: string): boolean => claimed.has(place);
  const tools = otherTools(sources);
  const kustomize = await kustomizeRecipes(sources, isClaimed);
  const charts = await helmRecipes(
    sources,
    (chart) => isClaimed(chart) || kustomize.claims.has(inFolder(chart, "Chart.yaml")),
  );
  const generated = tools
    .filter(({ kind, path: folder }) => kind === "cdk8s" && folder !== "")
    .map((tool) => tool.path);
  const rootIsChart = sources.has("Chart.yaml");
  const taken = new Set([...chartFolders(sources), ...generated, ...claims]);
  const plain = await plainRecipes(
    sources,
    (file) =>
      kustomize.claims.has(file) ||
      // Beside a kustomization that does not list it: nobody applies it.
      kustomizationOf(sources, folderOf(file)) !== undefined ||
      reads.has(file) ||
      rootIsChart ||
      taken.has(file) ||
      foldersAbove(file).some((folder) => taken.has(folder)),
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
          const source = await sources.glance(file);
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

/** What the recipes rendered takes the place of what its file says, once any of them makes it differ. */
function withRendered(raw: readonly Declared[], expanded: readonly Expanded[]): Declared[] {
  const known = Map.groupBy(raw, ({ object }) => nameOf(object));
  const variants = new Map<Declared, Declared[]>();
  const added: Declared[] = [];
  for (const { recipe, outcome } of expanded) {
    if ("refused" in outcome) continue;
    for (const { value, template } of outcome.objects.filter((object) => declares(object.value))) {
      const written = known
        .get(nameOf(value))
        ?.find(({ origin }) => outcome.reads.has(origin.file) || recipe.path === origin.file);
      const made = template !== undefined && outcome.reads.has(template) ? template : recipe.path;
      const variant = {
        object: value,
        origin: written?.origin ?? { file: made, document: 0 },
        renderedBy: recipe.id,
      };
      if (written) variants.set(written, [...(variants.get(written) ?? []), variant]);
      else added.push(variant);
    }
  }
  return [
    ...raw.flatMap((written) => {
      const made = variants.get(written) ?? [];
      return made.every(({ object }) => sameDeclaration(object, written.object)) ? [written] : made;
    }),
    ...added,
  ];
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
