import type { KustomizeOverrides } from "../recipe.ts";
import type { Patches } from "./schema.ts";

/**
 * Patches of all kinds as one list, in the order in which kustomize applies the kinds, and images. Several
 * post-renderers come one after the other.
 */
export function patchOverrides(all: readonly Patches[]): KustomizeOverrides {
  const patches = all.flatMap((one) => [
    // Over several lines, so that no text is taken for the name of a file.
    ...(one.patchesStrategicMerge ?? []).map((patch) => ({ patch: JSON.stringify(patch, null, 2) })),
    ...(one.patches ?? []).map(({ patch, target }) => ({ patch, ...(target ? { target } : {}) })),
    ...(one.patchesJson6902 ?? []).map(({ patch, target }) => ({
      patch: JSON.stringify(patch, null, 2),
      target,
    })),
  ]);
  const images = all.flatMap((one) => one.images ?? []);
  return { ...(patches.length > 0 ? { patches } : {}), ...(images.length > 0 ? { images } : {}) };
}
