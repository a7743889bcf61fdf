import type { FileChange } from "../gitops/tree-change.ts";
import { unifiedDiff } from "../proposals/proposal.ts";
import { painter, paintDiffLine } from "./layout.ts";
import { printable } from "./printable.ts";

/** As it is, so that `git apply` takes it; for a person's terminal, so that nothing in it steers that. */
export function setDiff(
  files: readonly FileChange[],
  terminal: { readonly colors: boolean } | undefined,
): string {
  const diff = files.map(unifiedDiff).join("");
  if (!terminal) return diff;
  const paint = painter(terminal.colors);
  return diff
    .split("\n")
    .map((line) => paintDiffLine(line.split("\t").map(printable).join("\t"), paint))
    .join("\n");
}
