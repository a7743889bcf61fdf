import { shownName } from "../render/message.ts";
import type { PlainStep } from "../recipe.ts";
import type { Sources } from "../sources.ts";
import { compileGlob } from "./glob.ts";
import { refuse } from "../refusal.ts";
import type { DirectoryOptions } from "./schema.ts";
import type { Spend } from "./work-limit.ts";

const MANIFEST = /\.(?:ya?ml|json|jsonnet)$/;
const SKIPPED = "+argocd:skip-file-rendering";

interface Place {
  readonly sources: Sources;
  readonly folder: string;
  /** Of the destination. */
  readonly namespace: string | undefined;
  readonly spend: Spend;
}

/** The manifests of a folder that Argo CD applies as they stand. */
export async function directoryStep(
  { recurse, include, exclude, disableExtensionFilter }: DirectoryOptions,
  { sources, folder, namespace, spend }: Place,
): Promise<PlainStep> {
  const relative = (file: string): string => (folder === "" ? file : file.slice(folder.length + 1));
  const included = pattern(include) ?? ((): boolean => true);
  const excluded = pattern(exclude) ?? ((): boolean => false);
  const files: string[] = [];
  const candidates = recurse === true ? sources.below(folder) : sources.in(folder);
  spend(10 * candidates.length);
  for (const file of candidates) {
    if (disableExtensionFilter !== true && !MANIFEST.test(file)) continue;
    if (excluded(relative(file)) || !included(relative(file))) continue;
    const source = await sources.text(file);
    if ("text" in source && source.text.includes(SKIPPED)) continue;
    if (file.endsWith(".jsonnet"))
      return refuse("jsonnet", `${shownName(file)} is Jsonnet, which is not rendered here`);
    files.push(file);
  }
  return { tool: "plain", files, ...(namespace === undefined ? {} : { namespace }) };
}

/** A pattern that is not well formed matches nothing. */
function pattern(text: string | null | undefined): ((path: string) => boolean) | undefined {
  if (text === undefined || text === null || text === "") return undefined;
  return compileGlob(text, "directory") ?? (() => false);
}
