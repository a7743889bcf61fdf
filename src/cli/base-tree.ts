import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa, ExecaError } from "execa";
import { InputError } from "../domain/input-error.ts";
import { directoryTree } from "../gitops/directory-tree.ts";
import type { Tree } from "../gitops/tree.ts";

/** A folder of a Git repository as it was where the history left another branch, until disposed of. */
export interface BaseTree extends AsyncDisposable {
  readonly tree: Tree;
  readonly commit: string;
  /** From the root of the repository to the folder: empty, or with a slash at the end. */
  readonly prefix: string;
}

/**
 * Takes the objects of the repository in `folder` from where they are, into a repository of its own that knows
 * neither hooks nor filters, so that nothing is run and nothing in the folder changes. Rejects with `InputError`
 * where the folder belongs to no repository, or it knows no such reference or no common history.
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
  const objects = await ask(["rev-parse", "--git-path", "objects"], `${folder}: git keeps no objects there`);
  const format = await ask(["rev-parse", "--show-object-format"], `${folder}: git names no object format`);
  const copy = await mkdtemp(path.join(tmpdir(), "loadline-base-"));
  const dispose = async (): Promise<void> => await rm(copy, { recursive: true, force: true });
  try {
    const git = gitIn(copy);
    await git(["init", "--quiet", "--template=", `--object-format=${format}`]);
    await mkdir(path.join(copy, ".git", "info"), { recursive: true });
    await writeFile(
      path.join(copy, ".git", "objects", "info", "alternates"),
      `${path.resolve(folder, objects)}\n`,
    );
    // Above .gitattributes: bytes stay as they were committed.
    await writeFile(
      path.join(copy, ".git", "info", "attributes"),
      "* -text !eol -filter -ident -working-tree-encoding\n",
    );
    // A folder that was not there yet is empty.
    const found = await git(["rev-parse", "--verify", "--quiet", `${commit}:${prefix}`]).catch(
      () => undefined,
    );
    if (found !== undefined) await git(["read-tree", found.trim()]);
    await git(["checkout-index", "--all", "--quiet"]);
    return { tree: await directoryTree(copy), commit, prefix, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error instanceof ExecaError
      ? new InputError(`--base ${ref}: git can't read its files (${error.shortMessage})`)
      : error;
  }
}

function gitIn(folder: string): (args: readonly string[]) => Promise<string> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: "core.hooksPath",
    GIT_CONFIG_VALUE_0: "/dev/null",
    GIT_CONFIG_KEY_1: "core.attributesFile",
    GIT_CONFIG_VALUE_1: "/dev/null",
  };
  return async (args) => (await execa("git", args, { cwd: folder, env, extendEnv: false })).stdout;
}
