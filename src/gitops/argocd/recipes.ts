import { isRecord, valueAt } from "../../manifests/key-path.ts";
import type { Declared, Recipe } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import { renditionOf } from "./application.ts";
import { Refusal } from "./refusal.ts";
import { parseApplication } from "./schema.ts";

type IsOwn = (repoUrl: string) => boolean;

interface Found {
  readonly recipe: Recipe;
  readonly claims: readonly string[];
}

/**
 * The Applications of a repository, and those that its ApplicationSets make. `claims`: folders and files of
 * the tree that they read, and so are no recipes of their own. `isOwn`: whether an address is the repository
 * at hand.
 */
export async function argoRecipes(
  declared: readonly Declared[],
  sources: Sources,
  isOwn: IsOwn,
): Promise<{ recipes: readonly Recipe[]; claims: readonly string[] }> {
  const found: Found[] = [];
  for (const one of declared) {
    if (one.object["apiVersion"] !== "argoproj.io/v1alpha1") continue;
    if (one.object["kind"] === "Application")
      found.push(await fromApplication(one.object, one, sources, isOwn));
  }
  return {
    recipes: withUniqueIds(found.map(({ recipe }) => recipe)),
    claims: [...new Set(found.flatMap(({ claims }) => claims))],
  };
}

/** The same Application may be written twice, also in one file. */
function withUniqueIds(recipes: readonly Recipe[]): Recipe[] {
  const times = new Map<string, number>();
  return recipes.map((recipe) => {
    const time = (times.get(recipe.id) ?? 0) + 1;
    times.set(recipe.id, time);
    return time === 1 ? recipe : { ...recipe, id: `${recipe.id}~${time}` };
  });
}

async function fromApplication(
  object: Readonly<Record<string, unknown>>,
  { origin, renderedBy }: Declared,
  sources: Sources,
  isOwn: IsOwn,
): Promise<Found> {
  const name = textAt(object, ["metadata", "name"]) ?? "";
  const identity = `${textAt(object, ["metadata", "namespace"]) ?? ""}/${name}`;
  const id = `argocd:${origin.file}#${identity}${renderedBy === undefined ? "" : `@${renderedBy}`}`;
  const recipe = { id, kind: "argocd", path: origin.file, name } as const;
  try {
    const { steps, refused, claims } = await renditionOf(parseApplication(object), sources, isOwn);
    return { recipe: { ...recipe, steps, ...(refused ? { refused } : {}) }, claims };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { recipe: { ...recipe, steps: [], refused: error.reason }, claims: [] };
  }
}

function textAt(object: unknown, keys: readonly string[]): string | undefined {
  const value = isRecord(object) ? valueAt(object, keys) : undefined;
  return typeof value === "string" ? value : undefined;
}
