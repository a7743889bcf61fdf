import type { Reason } from "../../domain/reason.ts";
import { isWithin } from "../find/other-tools.ts";
import type { Declared, Recipe, Step } from "../recipe.ts";
import { shownName } from "../render/message.ts";
import type { Sources } from "../sources.ts";
import { type Kit, type Made, makeKustomization } from "./kustomization.ts";
import { FluxObjects, groupOf, kindOf, nameOf, namespaceOf } from "./objects.ts";
import { patchFiles } from "./patch-files.ts";
import { Refusal, refuse } from "../refusal.ts";
import { makeRelease } from "./release.ts";
import { fluxSchemas, parse } from "./schema.ts";

export interface FluxRecipe extends Recipe {
  /** It is rendered, but without something that is in no file: nothing of it is more than probable. */
  readonly uncertain?: Reason;
  /** Where several recipes deliver one object, the id of the one that delivers this variant. */
  readonly via?: string;
}

type Described = Declared & { readonly id: string; readonly via?: string | undefined };
type Found = Made & { readonly declared: Described };

/**
 * Kustomizations and HelmReleases of Flux, and the folders and files of the tree that they read. What is wrong
 * with one is the reason of a refused recipe; it never throws.
 */
export async function fluxRecipes(
  declared: readonly Declared[],
  sources: Sources,
  isOwn: (repoUrl: string) => boolean,
): Promise<{ recipes: readonly FluxRecipe[]; claims: readonly string[] }> {
  const objects = new FluxObjects(declared);
  const described = await recipeObjects(objects, sources);
  if (described.length === 0) return { recipes: [], claims: [] };
  const kit: Kit = { objects, sources, isOwn };
  const of = (group: string, kind: string): Described[] =>
    described.filter(({ object }) => groupOf(object) === group && kindOf(object) === kind);
  const kustomizations = await Promise.all(
    of("kustomize", "Kustomization").map(
      async (one) => await attempt(one, async () => await makeKustomization(one, kit)),
    ),
  );
  const steps = new Map(kustomizations.map((found) => [found.declared.id, found.steps]));
  const stepsOf = (id: string): readonly Step[] => steps.get(id) ?? ownKustomization(id);
  const releases = await Promise.all(
    of("helm", "HelmRelease").map(
      async (one) => await attempt(one, async () => await makeRelease(one, { ...kit, stepsOf })),
    ),
  );
  const isRenderedElsewhere = ({ declared: { object, origin, renderedBy } }: Found): boolean =>
    renderedBy === undefined &&
    nameOf(object).includes("${") &&
    kustomizations.some((one) => !one.refused && one.claims.some((claim) => isWithin(origin.file, claim)));
  const found = [...kustomizations, ...releases].filter((one) => !isRenderedElsewhere(one));
  return {
    recipes: found.map(recipeOf),
    claims: [...new Set(found.flatMap(({ claims }) => claims))],
  };
}

/** Each object that is a recipe, with an id that stays the same when values change. */
async function recipeObjects(objects: FluxObjects, sources: Sources): Promise<Described[]> {
  const found = objects.all.filter(({ object }) =>
    ["kustomize/Kustomization", "helm/HelmRelease"].includes(`${groupOf(object)}/${kindOf(object)}`),
  );
  if (found.length === 0) return [];
  const patches = await patchFiles(sources);
  const whole = found.filter(
    ({ renderedBy, origin }) => renderedBy !== undefined || !patches.has(origin.file),
  );
  const same = Map.groupBy(whole, baseId);
  const taken = new Map<string, number>();
  return whole.map((declared) => {
    const base = baseId(declared);
    const via = (same.get(base)?.length ?? 0) > 1 ? declared.renderedBy : undefined;
    const id = via === undefined ? base : `${base}@${via}`;
    const before = taken.get(id) ?? 0;
    taken.set(id, before + 1);
    return { ...declared, id: before === 0 ? id : `${id}~${before + 1}`, via };
  });
}

function baseId({ object, origin }: Declared): string {
  return `flux:${origin.file}#${kindOf(object)}/${namespaceOf(object) ?? ""}/${nameOf(object)}`;
}

/** A kustomization outside of Flux may deliver its objects too. */
function ownKustomization(id: string): Step[] {
  const [, folder] = /^kustomize:(.*)$/s.exec(id) ?? [];
  return folder === undefined ? [] : [{ tool: "kustomize", folder }];
}

async function attempt(declared: Described, make: () => Promise<Made>): Promise<Found> {
  try {
    if (nameOf(declared.object).includes("${"))
      refuse("templated-name", `${shownName(nameOf(declared.object))} is a name that a variable makes`);
    parse(fluxSchemas.object, declared.object, `the ${kindOf(declared.object)}`);
    return { ...(await make()), declared };
  } catch (error) {
    if (error instanceof Refusal) return { declared, steps: [], claims: [], refused: error.reason };
    throw error;
  }
}

function recipeOf({ declared: { id, object, origin, via }, steps, refused, uncertain }: Found): FluxRecipe {
  return {
    id,
    kind: "flux",
    path: origin.file,
    name: nameOf(object),
    delivery: { kind: kindOf(object), namespace: namespaceOf(object) ?? "", name: nameOf(object) },
    steps,
    ...(refused ? { refused: { file: origin.file, ...refused } } : {}),
    ...(uncertain ? { uncertain } : {}),
    ...(via === undefined ? {} : { via }),
  };
}
