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
  const output = await git.lookUp([
    "diff",
    "--raw",
    "--no-abbrev",
    "--numstat",
    "--patch",
    "-z",
    "-M",
    before,
    after,
  ]);
  // An empty field parts the lists from the patch, which knows no fields.
  const end = output.indexOf("\0\0diff --git ");
  const fields = output.slice(0, Math.max(end, 0)).split("\0");
  const patches = output
    .slice(end)
    .split(/(?:^\0\0|\n)diff --git [^\n]*\n/)
    .slice(1);
  const changes: FileChange[] = [];
  while (fields[0]?.startsWith(":")) {
    const [, , oldSha = "", newSha = "", kind = "M"] = (fields.shift() ?? "").split(" ");
    const moved = kind.startsWith("R") || kind.startsWith("C");
    const previousPath = moved ? fields.shift() : undefined;
    const path = fields.shift() ?? "";
    const status = STATUS[kind.charAt(0)] ?? "changed";
    const sha = kind === "D" ? oldSha : newSha;
    changes.push({ path, previousPath, status, sha, additions: 0, deletions: 0, patch: undefined });
  }
  return changes.map((change, index) => {
    const [additions, deletions, path] = (fields.shift() ?? "").split("\t");
    if (path === "") fields.splice(0, 2); // a rename's two names follow as fields of their own
    const numbers = { additions: Number(additions) || 0, deletions: Number(deletions) || 0 };
    return { ...change, ...numbers, patch: hunksOf(patches[index] ?? "") };
  });
}

function hunksOf(patch: string): string | undefined {
  const start = patch.search(/(?<=^|\n)@@ /);
  return start < 0 ? undefined : patch.slice(start).replace(/\n$/, "");
}

const STATUS: Record<string, FileChange["status"]> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  C: "copied",
};
