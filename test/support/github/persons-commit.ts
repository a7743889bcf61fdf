import type { Hub } from "./hub.ts";
import type { Repository } from "./model.ts";
import { identity } from "./pull-requests.ts";
import { moveRef } from "./pushes.ts";

/** File contents by path; null removes a file. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;

export interface PersonsCommit {
  readonly files: Files;
  readonly message?: string;
  /** A login; `octo-dev` if absent. */
  readonly author?: string;
  /** The default branch if absent; a new branch starts at the default branch's tip. */
  readonly branch?: string;
}

/** One commit of a person's, pushed; gives its hash. */
export async function commitFiles(
  hub: Hub,
  repository: Repository,
  { files, message = "Change files", author = "octo-dev", branch = repository.defaultBranch }: PersonsCommit,
): Promise<string> {
  const { git, defaultBranch } = repository;
  const before = await git.branch(branch);
  const parent = before ?? (await git.branch(defaultBranch));
  const entries = Object.entries(files);
  const blobs = await git.writeBlobs(entries.map(([, content]) => content ?? ""));
  const modes = new Map((parent ? await git.tree(parent, true) : []).map(({ path, mode }) => [path, mode]));
  const changes = entries.map(([path, content], index) => ({
    path,
    mode: modes.get(path) ?? "100644",
    sha: content === null ? null : (blobs[index] ?? null),
  }));
  const base = (parent && (await git.treeOf(parent))) ?? null;
  const account = hub.account(author);
  const who = identity(account, hub.timestamp());
  const tree = await git.writeTree(base, changes);
  const after = await git.writeCommit({
    tree,
    parents: parent ? [parent] : [],
    author: who,
    committer: who,
    message,
  });
  const move = { ref: `refs/heads/${branch}`, before: before ?? null, after };
  await moveRef(hub, repository, move, account);
  return after;
}
