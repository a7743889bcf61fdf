import { shownName } from "../render/message.ts";
import { resolveInTree, type Sources } from "../sources.ts";
import { compileGlob, isGlob } from "./glob.ts";
import { refuse } from "../refusal.ts";
import type { Spend } from "./work-limit.ts";

/** Where the files that an Application names are looked for. */
export interface FileScope {
  readonly sources: Sources;
  /** Of the source in the tree; `undefined` where its chart is not in the tree. */
  readonly folder: string | undefined;
  /** Names of the sources that have a `ref`, and whether each is this repository; refuses where it is not. */
  readonly requireOwnRef: (name: string) => boolean;
  readonly substitute: (text: string) => string;
  readonly spend: Spend;
}

/** helm-secrets, which decrypts with SOPS. */
const SECRETS = /^(?:secrets?|sops)(?:\+[\w-]+)*:\/\//i;
const SCHEME = /^[a-z][a-z\d+.-]*:/i;

/** The files in order, globs expanded; a file that is named itself has its place there and not in a glob. */
export function resolveValueFiles(
  named: readonly string[],
  scope: FileScope,
  { ignoreMissing }: { ignoreMissing: boolean },
): string[] {
  const resolved = named.map((name) => ({ name, file: resolveFile(name, scope) }));
  const explicit = new Set(resolved.flatMap(({ file }) => (isGlob(file) ? [] : [file])));
  const files = new Set<string>();
  for (const { name, file } of resolved) {
    const matches = isGlob(file) ? matching(file, scope) : [file].filter((one) => scope.sources.has(one));
    if (matches.length === 0 && !ignoreMissing)
      refuse("missing-values", `there is no value file ${shownName(name)} in the repository`);
    for (const match of matches) if (match === file || !explicit.has(match)) files.add(match);
  }
  return [...files];
}

/** A path of the tree, or a pattern of such. */
export function resolveFile(name: string, { folder, requireOwnRef, substitute }: FileScope): string {
  const ref = /^\$([^/]+)\/(.*)$/.exec(name);
  const isRef = ref?.[1] !== undefined && requireOwnRef(ref[1]);
  const file = substitute(isRef ? `/${ref[2] ?? ""}` : name);
  if (SECRETS.test(file)) refuse("sops", `${shownName(name)} is decrypted while it renders`);
  if (SCHEME.test(file)) refuse("remote-values", `the values ${shownName(name)} are not in the repository`);
  if (folder === undefined && !isRef)
    refuse(
      "values-in-chart",
      `the values ${shownName(name)} lie inside of the chart, which is not in the repository`,
    );
  return (
    resolveInTree(folder ?? "", file) ??
    refuse("outside-tree", `${shownName(name)} leads out of the repository`)
  );
}

function matching(pattern: string, { sources, spend }: FileScope): string[] {
  const matches = compileGlob(pattern, "values") ?? refuse("invalid", `${shownName(pattern)} is no pattern`);
  const candidates = sources.below(pattern.slice(0, pattern.search(/[*?[{\\]/)).replace(/\/?[^/]*$/, ""));
  spend(sources.files.length / 10 + candidates.length * Math.ceil(pattern.length / 10));
  return candidates.filter(matches).sort(bySegments);
}

/** A folder's own entries stand together, whatever characters its neighbours have. */
function bySegments(a: string, b: string): number {
  const [left, right] = [a.replaceAll("/", "\0"), b.replaceAll("/", "\0")];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
