import { valueAt } from "../../manifests/key-path.ts";
import type { Declared, Recipe } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import { generatedBy } from "./application-set.ts";
import { renditionOf, sourcesOf } from "./application.ts";
import { Refusal } from "../refusal.ts";
import { parseApplication } from "./schema.ts";
import { type Spend, workLimit } from "./work-limit.ts";

interface Context {
  readonly sources: Sources;
  readonly isOwn: (repoUrl: string) => boolean;
  readonly spend: Spend;
}

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
  isOwn: (repoUrl: string) => boolean,
): Promise<{ recipes: readonly Recipe[]; claims: readonly string[] }> {
  const context = { sources, isOwn, spend: workLimit() };
  const found: Found[] = [];
  for (const one of declared) {
    const { apiVersion, kind } = one.object;
    if (apiVersion !== "argoproj.io/v1alpha1") continue;
    if (kind === "Application") found.push(await fromApplication(one.object, one, context));
    if (kind === "ApplicationSet") found.push(...(await fromApplicationSet(one, context)));
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

/** Each Application that it makes, and where some can't be known, the set itself with the reason. */
async function fromApplicationSet(declared: Declared, context: Context): Promise<Found[]> {
  const { sources, isOwn, spend } = context;
  const { applications, refused } = await generatedBy(declared.object, sources, isOwn, spend);
  const found: Found[] = [];
  for (const application of applications) found.push(await fromApplication(application, declared, context));
  const [reason] = refused;
  if (!reason) return found;
  // What the template names without parameters is read, whatever they are.
  const spec = valueAt(declared.object, ["spec", "template", "spec"]);
  const { claims } = await fromApplication({ ...declared.object, spec }, declared, context);
  const known = identified(declared.object, declared, "ApplicationSet:");
  return [...found, { recipe: { ...known, steps: [], refused: reason }, claims }];
}

async function fromApplication(
  object: Readonly<Record<string, unknown>>,
  declared: Declared,
  { sources, isOwn, spend }: Context,
): Promise<Found> {
  const recipe = identified(object, declared);
  try {
    const application = parseApplication(object);
    const { steps, refused, claims } = await renditionOf(application, sources, isOwn, spend);
    const written = sourcesOf(application);
    return { recipe: { ...recipe, written, steps, ...(refused ? { refused } : {}) }, claims };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { recipe: { ...recipe, steps: [], refused: error.reason }, claims: [] };
  }
}

/** What a recipe is called, whatever it renders; variants that others render are told apart. */
function identified(
  object: Readonly<Record<string, unknown>>,
  { origin, renderedBy }: Declared,
  prefix = "",
): Pick<Recipe, "id" | "kind" | "path" | "delivery"> & { name: string } {
  const text = (key: string): string => {
    const value = valueAt(object, ["metadata", key]);
    return typeof value === "string" ? value : "";
  };
  const variant = renderedBy === undefined ? "" : `@${renderedBy}`;
  return {
    id: `argocd:${origin.file}#${prefix}${text("namespace")}/${text("name")}${variant}`,
    kind: "argocd",
    path: origin.file,
    name: text("name"),
    delivery: {
      kind: prefix === "" ? "Application" : "ApplicationSet",
      namespace: text("namespace"),
      name: text("name"),
    },
  };
}
