import { differences } from "../manifests/compare.ts";
import type { KeyPath } from "../manifests/key-path.ts";
import { expand } from "./expand.ts";
import { identityOf, type Rendering } from "./render-recipe.ts";
import type { RepositoryScan } from "./scan-repository.ts";

/** One value that differs between two renderings, below the identity of its object. */
export interface Difference {
  readonly path: KeyPath;
  /** Equal for values at the same place, also in objects whose names are made anew each time. */
  readonly place: string;
}

export function renderingDifferences(before: Rendering, after: Rendering): Difference[] {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  return differences(old, now).map((path) => {
    const [identity = "", ...below] = path;
    const inBoth = Object.hasOwn(old, identity) && Object.hasOwn(now, identity);
    // An object that is in one of them alone has either its whole or each of its values in the differences.
    return { path, place: inBoth ? JSON.stringify(path) : `${withoutName(identity)}${below.length > 0}` };
  });
}

/**
 * Charts make passwords, certificates and names by chance, so that no two renderings are equal: what differs
 * when the same files are rendered once more, by recipe.
 */
export async function differencesByChance(
  scan: RepositoryScan,
  recipes: ReadonlySet<string>,
): Promise<{ places: ReadonlyMap<string, ReadonlySet<string>>; renders: number }> {
  const before = new Map(scan.expanded.map((one) => [one.recipe.id, one]));
  // What was kept is what it was: chance shows only in a rendering that is made anew.
  const { kept: _kept, ...options } = scan.options;
  const { expanded, renders } = await expand(scan.sources, {
    ...options,
    known: ({ id }) => (recipes.has(id) ? undefined : before.get(id)),
  });
  const places = new Map<string, ReadonlySet<string>>();
  for (const { recipe, outcome } of expanded) {
    const old = before.get(recipe.id)?.outcome;
    if (!old || old === outcome || "refused" in old || "refused" in outcome) continue;
    places.set(recipe.id, new Set(renderingDifferences(old, outcome).map(({ place }) => place)));
  }
  return { places, renders };
}

function byIdentity({ objects }: Rendering): Record<string, unknown> {
  return Object.fromEntries(objects.map(({ value }) => [identityOf(value), value]));
}

function withoutName(identity: string | number): string {
  const parts: unknown = JSON.parse(String(identity));
  return JSON.stringify(Array.isArray(parts) ? parts.slice(0, -1) : parts);
}
