import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa, ExecaError } from "execa";
import { InputError } from "../domain/input-error.ts";
import { directoryTree } from "../gitops/directory-tree.ts";
import type { CommitTree } from "../gitops/tree.ts";

/**
 * What lies below `prefix` (empty, or with a slash at the end) at a commit. Takes the objects of the repository in
 * `folder` from where they are, into a repository of its own that knows neither hooks nor filters, so that nothing
 * is run and nothing in the folder changes. Rejects with `InputError` where git can't read them.
 */
export async function openCommitTree(folder: string, commit: string, prefix: string): Promise<CommitTree> {
  const ask = async (args: readonly string[]): Promise<string> => {
    const { exitCode, stdout } = await execa("git", args, { cwd: folder, reject: false });
    if (exitCode !== 0) throw new InputError(`${folder}: git keeps no objects there`);
    return stdout.trim();
  };
  const objects = await ask(["rev-parse", "--git-path", "objects"]);
  const format = await ask(["rev-parse", "--show-object-format"]);
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
    return { tree: await directoryTree(copy), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error instanceof ExecaError
      ? new InputError(`${folder}: git can't read the files of ${commit} (${error.shortMessage})`)
      : error;
  }
}

/** The commit of a repository in a folder, where it is there. */
export async function commitTreeIn(folder: string, commit: string): Promise<CommitTree | undefined> {
  const git = async (...args: readonly string[]) => await execa("git", args, { cwd: folder, reject: false });
  const there = await git("cat-file", "-e", "--end-of-options", `${commit}^{commit}`);
  const prefix = await git("rev-parse", "--show-prefix");
  if (there.exitCode !== 0 || prefix.exitCode !== 0) return undefined;
  return await openCommitTree(folder, commit, prefix.stdout.trim());
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
