import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa, ExecaError } from "execa";
import { InputError } from "../domain/input-error.ts";
import { directoryTree } from "../gitops/directory-tree.ts";
import type { CommitTree, Tree } from "../gitops/tree.ts";
import type { InstalledRepository } from "./repository.ts";

/** A repository's default branch at one commit, on disk until disposed of. */
export interface Snapshot extends AsyncDisposable {
  readonly tree: Tree;
  /** The default branch. */
  readonly branch: string;
  readonly commit: string;
  /** Of the commit. */
  readonly treeSha: string;
  /** The file mode that git keeps: `100644` or `100755`. */
  readonly modeOf: (file: string) => Promise<"100644" | "100755">;
}

const LONGEST_FETCH_MS = 300_000;

type Git = (args: readonly string[]) => Promise<string>;

/** Fetches the newest commit of the default branch alone. */
export async function takeSnapshot(repository: InstalledRepository): Promise<Snapshot> {
  const { owner, name, cloneUrl } = repository;
  return await inClone(repository, async (git, folder, dispose) => {
    const branch = defaultBranch(await git(["ls-remote", "--symref", cloneUrl, "HEAD"]));
    if (branch === undefined) throw new InputError(`${owner}/${name}: the repository is empty`);
    await fetchOnly(git, cloneUrl, [`refs/heads/${branch}`]);
    await git(["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    const [commit = "", treeSha = ""] = (await git(["rev-parse", "HEAD", "HEAD^{tree}"])).split("\n");
    return {
      tree: await directoryTree(folder),
      branch,
      commit,
      treeSha,
      modeOf: async (file) =>
        (await git(["ls-tree", "-z", "HEAD", "--", file])).startsWith("100755") ? "100755" : "100644",
      [Symbol.asyncDispose]: dispose,
    };
  });
}

/** Two commits of a repository or of its forks' pull requests, on disk until disposed of. */
export interface TwoTrees extends AsyncDisposable {
  readonly before: Tree;
  readonly after: Tree;
}

/** Fetches two commits, by their full names. */
export async function takeTrees(
  repository: InstalledRepository,
  before: string,
  after: string,
): Promise<TwoTrees> {
  return await inClone(repository, async (git, folder, dispose) => {
    await fetchOnly(git, repository.cloneUrl, [before, after]);
    const treeOf = async (commit: string, place: string): Promise<Tree> => {
      await git(["worktree", "add", "--quiet", "--detach", place, commit]);
      return await directoryTree(path.join(folder, place));
    };
    return {
      before: await treeOf(before, "before"),
      after: await treeOf(after, "after"),
      [Symbol.asyncDispose]: dispose,
    };
  });
}

/** Fetches one commit, by its full name; `undefined` where the repository does not hand it out. */
export async function takeCommit(
  repository: InstalledRepository,
  commit: string,
): Promise<CommitTree | undefined> {
  try {
    return await inClone(repository, async (git, folder, dispose) => {
      await fetchOnly(git, repository.cloneUrl, [commit]);
      await git(["checkout", "--quiet", "--detach", commit]);
      return { tree: await directoryTree(folder), [Symbol.asyncDispose]: dispose };
    });
  } catch {
    return undefined;
  }
}

/**
 * A clone of a repository without commits, in a folder that `dispose` removes. The token goes to git through its
 * environment: never in an address, an argument or a log. Nothing that the repository holds is run: no hooks,
 * filters, sub-repositories.
 */
async function inClone<T>(
  repository: InstalledRepository,
  take: (git: Git, folder: string, dispose: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { owner, name, cloneUrl } = repository;
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-snapshot-"));
  const dispose = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  try {
    const git = gitIn(folder, cloneUrl, await repository.token());
    await git(["init", "--quiet", "--template="]);
    // Above .gitattributes: bytes stay as they were committed.
    await mkdir(path.join(folder, ".git", "info"), { recursive: true });
    await writeFile(
      path.join(folder, ".git", "info", "attributes"),
      "* -text !eol -filter -ident -working-tree-encoding\n",
    );
    return await take(git, folder, dispose);
  } catch (error) {
    await dispose();
    throw error instanceof ExecaError
      ? new Error(`${owner}/${name}: git could not fetch it: ${lastLine(error)}`)
      : error;
  }
}

async function fetchOnly(git: Git, url: string, what: readonly string[]): Promise<void> {
  await git(["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", url, ...what]);
}

/** From `ref: refs/heads/main\tHEAD`. */
function defaultBranch(listing: string): string | undefined {
  return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listing)?.[1];
}

function gitIn(folder: string, url: string, token: string): Git {
  const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
  const settings: readonly (readonly [string, string])[] = [
    [`http.${url}.extraHeader`, `Authorization: Basic ${credentials}`],
    ["core.hooksPath", "/dev/null"],
    ["core.attributesFile", "/dev/null"],
    ["core.protectHFS", "true"],
    ["core.protectNTFS", "true"],
    ["http.followRedirects", "false"],
    ["advice.detachedHead", "false"],
  ];
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "http:https",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_CONFIG_COUNT: String(settings.length),
  };
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE"]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return async (args) => {
    const { stdout } = await execa("git", args, {
      cwd: folder,
      env,
      extendEnv: false,
      timeout: LONGEST_FETCH_MS,
    });
    return stdout;
  };
}

function lastLine(error: ExecaError): string {
  const said = typeof error.stderr === "string" ? error.stderr.trim().split("\n").at(-1) : undefined;
  return said ?? error.shortMessage;
}
