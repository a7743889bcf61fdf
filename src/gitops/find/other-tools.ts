import path from "node:path/posix";
import type { Recipe, RecipeKind } from "../recipe.ts";
import { folderOf, type Sources } from "../sources.ts";

interface OtherTool {
  readonly kind: RecipeKind;
  readonly name: string;
  /** What gives the tool's root folder away. */
  readonly marks: RegExp;
}

const TOOLS: readonly OtherTool[] = [
  { kind: "jsonnet", name: "Jsonnet", marks: /^jsonnetfile\.json$|\.(?:jsonnet|libsonnet)$/ },
  { kind: "cue", name: "CUE", marks: /\.cue$/ },
  { kind: "cdk8s", name: "cdk8s", marks: /^cdk8s\.yaml$/ },
  { kind: "helmfile", name: "helmfile", marks: /^helmfile\.ya?ml(?:\.gotmpl)?$/ },
];

/** Manifests that a program makes are not edited: the tool is named, and its folder left alone. */
export function otherTools(sources: Sources): Recipe[] {
  return TOOLS.flatMap(({ kind, name, marks }) => {
    const folders = new Set(sources.files.filter((file) => marks.test(path.basename(file))).map(folderOf));
    const topmost = [...folders].filter(
      (folder) => ![...folders].some((other) => other !== folder && isWithin(folder, other)),
    );
    return topmost.map((folder): Recipe => ({
      id: `${kind}:${folder}`,
      kind,
      path: folder,
      steps: [],
      refused: {
        code: kind,
        message: `${name} makes the manifests here: change what they are made from`,
        file: sources.in(folder).find((file) => marks.test(path.basename(file))) ?? folder,
      },
    }));
  });
}

export function isWithin(file: string, folder: string): boolean {
  return folder === "" || file === folder || file.startsWith(`${folder}/`);
}
