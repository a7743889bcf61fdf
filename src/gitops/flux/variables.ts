import { readsOf } from "../render-recipe.ts";
import type { KustomizeStep } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import { contentOf } from "./content.ts";
import type { Asker, FluxObjects } from "./objects.ts";
import type { KustomizationSpec } from "./schema.ts";

/** Not `${NAME:=…}` and its like, nor `$${NAME}`, which is a plain text. */
const WITHOUT_DEFAULT = /(?<!\$)\$\{([A-Za-z_]\w*)(?=[}/^,#%]|:\d)/g;

/**
 * The variables of `postBuild`, inline ones the strongest. One whose value is in no file stands for itself:
 * it stays to be seen as `${NAME}` in what it would have filled in. `undefined` where nothing is substituted.
 */
export async function variablesOf(
  { postBuild }: KustomizationSpec,
  step: KustomizeStep,
  { asker, objects, sources }: { asker: Asker; objects: FluxObjects; sources: Sources },
): Promise<Readonly<Record<string, string>> | undefined> {
  if (!postBuild) return undefined;
  const variables = new Map<string, string>();
  let someMissing = false;
  for (const reference of postBuild.substituteFrom ?? []) {
    const content = contentOf(reference, asker, objects);
    if (content === undefined) someMissing ||= reference.optional !== true;
    for (const [key, text] of content?.texts ?? [])
      variables.set(key, typeof text === "string" ? text : itself(key));
  }
  for (const [name, value] of Object.entries(postBuild.substitute ?? {})) variables.set(name, value);
  if (someMissing)
    for (const name of await neededIn(step, sources))
      if (!variables.has(name)) variables.set(name, itself(name));
  return variables.size === 0 ? undefined : Object.fromEntries(variables);
}

function itself(name: string): string {
  return `\${${name}}`;
}

/** Variables without a default, in files which the step reads. */
async function neededIn(step: KustomizeStep, sources: Sources): Promise<Set<string>> {
  const names = new Set<string>();
  for (const file of await readsOf(step, sources)) {
    const source = await sources.text(file);
    if ("refused" in source) continue;
    for (const [, name = ""] of source.text.matchAll(WITHOUT_DEFAULT)) names.add(name);
  }
  return names;
}
