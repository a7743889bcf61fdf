import { execa } from "execa";
import { InputError } from "../domain/input-error.ts";
import type { CommitTree } from "../gitops/tree.ts";
import { openCommitTree } from "./commit-tree.ts";

/** A folder of a Git repository as it was where the history left another branch, until disposed of. */
export interface BaseTree extends CommitTree {
  readonly commit: string;
  /** From the root of the repository to the folder: empty, or with a slash at the end. */
  readonly prefix: string;
}

/**
 * Rejects with `InputError` where the folder belongs to no repository, or it knows no such reference or no common
 * history.
 */
export async function openBaseTree(folder: string, ref: string): Promise<BaseTree> {
  const ask = async (args: readonly string[], problem: string): Promise<string> => {
    const { exitCode, stdout } = await execa("git", args, { cwd: folder, reject: false });
    if (exitCode !== 0) throw new InputError(problem);
    return stdout.trim();
  };
  const prefix = await ask(["rev-parse", "--show-prefix"], `--repo ${folder}: belongs to no Git repository`);
  const base = await ask(
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`],
    `--base ${ref}: the repository knows no such commit; in CI, fetch it first`,
  );
  const commit = await ask(
    ["merge-base", base, "HEAD"],
    `--base ${ref}: shares no history with what is checked out; in CI, fetch all of it (fetch-depth: 0)`,
  );
  const opened = await openCommitTree(folder, commit, prefix);
  return { ...opened, commit, prefix };
}
