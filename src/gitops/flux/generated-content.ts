import path from "node:path/posix";
import { z } from "zod";
import { closureOf, KUSTOMIZATION_NAMES } from "../find/kustomizations.ts";
import type { Step } from "../recipe.ts";
import { folderOf, resolveInTree, type Sources } from "../sources.ts";
import { nameOf } from "./objects.ts";

const generators = z
  .array(z.looseObject({ name: z.string(), files: z.array(z.string()).nullish() }))
  .catch([]);
const kustomizationSchema = z.looseObject({
  configMapGenerator: generators.optional(),
  secretGenerator: generators.optional(),
});

/**
 * The file from which a kustomization made one entry of a ConfigMap or a Secret; `undefined` where its text is
 * not the file's, for variables were filled in or it was not made from one. Of several the outermost counts.
 */
export async function fileBehind(
  object: Readonly<Record<string, unknown>>,
  { key, text }: { key: string; text: string },
  { steps, sources }: { steps: readonly Step[]; sources: Sources },
): Promise<string | undefined> {
  for (const folder of steps.flatMap(foldersOf)) {
    const { files } = await closureOf(sources, folder);
    for (const kustomization of files) {
      if (!KUSTOMIZATION_NAMES.some((name) => path.basename(kustomization) === name)) continue;
      for (const file of await generatedFrom(kustomization, nameOf(object), key, sources)) {
        const source = await sources.text(file);
        if (!("refused" in source) && source.text === text) return file;
      }
    }
  }
  return undefined;
}

function foldersOf(step: Step): string[] {
  return step.tool === "kustomize" ? [step.folder, ...(step.resources ?? [])] : [];
}

async function generatedFrom(
  kustomization: string,
  name: string,
  key: string,
  sources: Sources,
): Promise<string[]> {
  const data = await sources.data(kustomization);
  const parsed = "refused" in data ? undefined : kustomizationSchema.safeParse(data.values[0]).data;
  const { configMapGenerator = [], secretGenerator = [] } = parsed ?? {};
  return (
    [...configMapGenerator, ...secretGenerator]
      // A prefix, a suffix and a hash may be about it.
      .filter((generator) => name.includes(generator.name))
      .flatMap(({ files }) => files ?? [])
      .flatMap((entry) => {
        const [, given, named = entry] = /^([^=/]*)=(.*)$/s.exec(entry) ?? [];
        const file = resolveInTree(folderOf(kustomization), named);
        return (given ?? path.basename(named)) === key && file !== undefined && sources.has(file)
          ? [file]
          : [];
      })
  );
}
