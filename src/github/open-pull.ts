import { InputError } from "../domain/input-error.ts";
import type { FileChange } from "../gitops/tree-change.ts";
import { commitMessage } from "../proposals/commit-message.ts";
import { newestSubjects } from "./newest-subjects.ts";
import { hasCommitsOfOthers } from "./edited-by-others.ts";
import type { OpenPull } from "./pulls.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";
import type { Snapshot } from "./snapshot.ts";

export const LABEL = "loadline";
/** By which those that take others back are found, however old they are. */
export const REVERT_LABEL = "loadline-revert";
/** How their branches begin. */
export const REVERTS = "loadline/revert-";

/** A pull request before it meets GitHub. */
export interface NewPull {
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly files: readonly FileChange[];
}

/** Five writes, whatever the number of files. */
export async function openPull(
  repository: InstalledRepository,
  snapshot: Snapshot,
  pull: NewPull,
): Promise<number> {
  const { client, owner, name: repo } = repository;
  const sha = await commitFiles(repository, snapshot, pull);
  await placeBranch(repository, pull.branch, sha, snapshot.commit);
  const number = await propose(repository, pull, snapshot.branch);
  await client.rest.issues.addLabels({ owner, repo, issue_number: number, labels: labelsOf(pull.branch) });
  return number;
}

/** The last of the five writes, for those before which Loadline died; a label that was taken off stays off. */
export async function finishOpening(
  { client, owner, name: repo }: InstalledRepository,
  pulls: readonly OpenPull[],
): Promise<void> {
  for (const { number, branch, labels } of pulls) {
    if (labels.includes(LABEL)) continue;
    const events = await client.paginate(client.rest.issues.listEvents, {
      owner,
      repo,
      issue_number: number,
      per_page: 100,
    });
    if (events.some((one) => "label" in one && one.label.name === LABEL)) continue;
    await client.rest.issues.addLabels({ owner, repo, issue_number: number, labels: labelsOf(branch) });
  }
}

function labelsOf(branch: string): string[] {
  return branch.startsWith(REVERTS) ? [LABEL, REVERT_LABEL] : [LABEL];
}

/** Where there is one already of this branch, since an answer was lost or another was faster, it is that one. */
async function propose(
  { client, owner, name: repo }: InstalledRepository,
  { title, body, branch }: NewPull,
  base: string,
): Promise<number> {
  try {
    const { data } = await client.rest.pulls.create({ owner, repo, title, body, head: branch, base });
    return data.number;
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
    const { data } = await client.rest.pulls.list({ owner, repo, state: "open", head: `${owner}:${branch}` });
    const [open] = data;
    if (!open) throw error;
    return open.number;
  }
}

/** Without author and committer, so that GitHub signs it as the App's own; its message by the repository's habit. */
export async function commitFiles(
  repository: InstalledRepository,
  snapshot: Snapshot,
  { title, files }: Pick<NewPull, "title" | "files">,
): Promise<string> {
  const { client, owner, name: repo } = repository;
  const newest = await newestSubjects(repository, snapshot);
  const entries = await Promise.all(
    files.map(async ({ path, before, after }) => ({
      path,
      content: after,
      type: "blob" as const,
      mode: before === undefined ? ("100644" as const) : await snapshot.modeOf(path),
    })),
  );
  const tree = await client.rest.git.createTree({ owner, repo, base_tree: snapshot.treeSha, tree: entries });
  const made = await client.rest.git.createCommit({
    owner,
    repo,
    message: commitMessage(
      title,
      files.map((file) => file.path),
      newest,
    ),
    tree: tree.data.sha,
    parents: [snapshot.commit],
  });
  return made.data.sha;
}

/** A branch may be left from a pull request that was merged or closed. */
async function placeBranch(
  repository: InstalledRepository,
  branch: string,
  sha: string,
  base: string,
): Promise<void> {
  const { client, owner, name: repo } = repository;
  try {
    await client.rest.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha });
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
    // Only one that Loadline left there itself is made anew.
    if (await hasCommitsOfOthers(repository, branch, base))
      throw new InputError(
        `the branch ${branch} has commits of others and no pull request: delete or rename it`,
      );
    await client.rest.git.updateRef({ owner, repo, ref: `heads/${branch}`, sha, force: true });
  }
}
