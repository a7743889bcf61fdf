import type { Git } from "./git.ts";

export interface FileChange {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed";
  /** Of the new content, or of the old one where the file went away. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** The hunks; absent for a binary file. */
  readonly patch: string | undefined;
}

/** What changes from one commit to another, file by file, in git's order. */
export async function changesBetween(git: Git, before: string, after: string): Promise<FileChange[]> {
  const [list, counts, patch] = await Promise.all([
    git.lookUp(["diff", "--raw", "--no-abbrev", "-z", "-M", before, after]),
    git.lookUp(["diff", "--numstat", "-z", "-M", before, after]),
    git.lookUp(["diff", "--patch", "-M", before, after]),
  ]);
  const patches = patch.split(/^diff --git .*\n/m).slice(1);
  const numbers = [...counts.matchAll(/(\d+|-)\t(\d+|-)\t/g)];
  const entry =
    /:\d+ \d+ ([0-9a-f]{40}) ([0-9a-f]{40}) ([A-Z])\d*\0([^\0]+)\0(?:(?<=[RC]\d+\0[^\0]+\0)([^\0]+)\0)?/g;
  return [...list.matchAll(entry)].map(
    ([, oldSha = "", newSha = "", letter = "M", first = "", second], index) => {
      const hunks = patches[index]?.search(/^@@ /m) ?? -1;
      return {
        path: second ?? first,
        previousPath: second === undefined ? undefined : first,
        status: STATUS[letter] ?? "changed",
        sha: letter === "D" ? oldSha : newSha,
        additions: Number(numbers[index]?.[1]) || 0,
        deletions: Number(numbers[index]?.[2]) || 0,
        patch: hunks < 0 ? undefined : patches[index]?.slice(hunks).trimEnd(),
      };
    },
  );
}

const STATUS: Record<string, FileChange["status"]> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  C: "copied",
};
