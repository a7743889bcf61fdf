import { z } from "zod";
import { KUSTOMIZATION_NAMES } from "../find/kustomizations.ts";
import { folderOf, resolveInTree, type Sources } from "../sources.ts";

const withPaths = z.array(z.looseObject({ path: z.string().nullish() })).catch([]);
const schema = z.looseObject({
  patches: withPaths.optional(),
  patchesJson6902: withPaths.optional(),
  patchesStrategicMerge: z.array(z.string()).catch([]).optional(),
});

/** Files that some kustomization takes for patches: what looks like an object in them is a part of one. */
export async function patchFiles(sources: Sources): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const file of KUSTOMIZATION_NAMES.flatMap((name) => sources.named(name))) {
    const data = await sources.data(file);
    const parsed = "refused" in data ? undefined : schema.safeParse(data.values[0]).data;
    const { patches = [], patchesJson6902 = [], patchesStrategicMerge = [] } = parsed ?? {};
    const named = [...patches, ...patchesJson6902].flatMap((patch) => patch.path ?? []);
    for (const name of [...named, ...patchesStrategicMerge]) {
      const patch = resolveInTree(folderOf(file), name);
      if (patch !== undefined) found.add(patch);
    }
  }
  return found;
}
