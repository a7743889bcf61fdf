import type { Proposal } from "../proposals/proposal.ts";
import { readMarker } from "../proposals/marker.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";
import type { Snapshot } from "./snapshot.ts";

const LABEL = "loadline";
const BRANCHES = "loadline/";

/** What became of a proposal. `declined`: closed by a person. `hands-off`: a person committed to its branch. */
export interface Published {
  readonly outcome: "opened" | "updated" | "unchanged" | "declined" | "hands-off";
  readonly proposal: Proposal;
  /** Of the pull request. */
  readonly number: number;
}

interface OpenPull {
  readonly number: number;
  readonly branch: string;
  readonly body: string;
}

/**
 * Brings a repository's pull requests to what is proposed: at the most five writes for each that is new,
 * four for one that changes, none for one that stays. The branch, the pull request and its hidden marker are
 * all the state there is, so that doing it again changes nothing.
 */
export async function publish(
  repository: InstalledRepository,
  snapshot: Snapshot,
  proposals: readonly Proposal[],
): Promise<Published[]> {
  const open = await openPulls(repository);
  const published: Published[] = [];
  for (const proposal of proposals) {
    const pull = open.find(({ branch }) => branch === proposal.branch);
    published.push(
      pull
        ? await update(repository, snapshot, proposal, pull)
        : await create(repository, snapshot, proposal),
    );
  }
  return published;
}

async function openPulls({ client, owner, name: repo }: InstalledRepository): Promise<OpenPull[]> {
  const pulls = await client.paginate(client.rest.pulls.list, { owner, repo, state: "open", per_page: 100 });
  return pulls
    .filter(
      ({ head }) =>
        head.ref.startsWith(BRANCHES) &&
        head.repo?.full_name.toLowerCase() === `${owner}/${repo}`.toLowerCase(),
    )
    .map(({ number, head, body }) => ({ number, branch: head.ref, body: body ?? "" }));
}

async function update(
  repository: InstalledRepository,
  snapshot: Snapshot,
  proposal: Proposal,
  pull: OpenPull,
): Promise<Published> {
  const { client, owner, name: repo } = repository;
  const { number } = pull;
  if (readMarker(pull.body)?.fingerprint === proposal.fingerprint)
    return { outcome: "unchanged", proposal, number };
  if (await editedByOthers(repository, number)) return { outcome: "hands-off", proposal, number };
  const sha = await commit(repository, snapshot, proposal);
  await client.rest.git.updateRef({ owner, repo, ref: `heads/${proposal.branch}`, sha, force: true });
  await client.rest.pulls.update({
    owner,
    repo,
    pull_number: number,
    title: proposal.title,
    body: proposal.body,
  });
  return { outcome: "updated", proposal, number };
}

async function create(
  repository: InstalledRepository,
  snapshot: Snapshot,
  proposal: Proposal,
): Promise<Published> {
  const { client, owner, name: repo } = repository;
  const declined = await declinedBefore(repository, proposal);
  if (declined !== undefined) return { outcome: "declined", proposal, number: declined };
  const sha = await commit(repository, snapshot, proposal);
  await placeBranch(repository, proposal.branch, sha);
  const { title, body, branch: head } = proposal;
  const pull = await client.rest.pulls.create({ owner, repo, title, body, head, base: snapshot.branch });
  const { number } = pull.data;
  await client.rest.issues.addLabels({ owner, repo, issue_number: number, labels: [LABEL] });
  return { outcome: "opened", proposal, number };
}

/** The newest pull request of this branch, where a person closed it and it held the same edits. */
async function declinedBefore(
  { client, owner, name: repo }: InstalledRepository,
  proposal: Proposal,
): Promise<number | undefined> {
  const { data } = await client.rest.pulls.list({
    owner,
    repo,
    state: "closed",
    head: `${owner}:${proposal.branch}`,
    sort: "updated",
    direction: "desc",
    per_page: 10,
  });
  const same = data.find(
    ({ merged_at: merged, body }) =>
      merged === null && readMarker(body ?? "")?.fingerprint === proposal.fingerprint,
  );
  return same?.number;
}

/** Any commit with another author or committer than the App: a person works on it. */
async function editedByOthers(
  { client, owner, name: repo }: InstalledRepository,
  pull: number,
): Promise<boolean> {
  const commits = await client.paginate(client.rest.pulls.listCommits, {
    owner,
    repo,
    pull_number: pull,
    per_page: 100,
  });
  return commits.some(
    ({ author, committer }) =>
      author?.type !== "Bot" ||
      !(committer?.login === "web-flow" || committer?.type === "Bot" || committer === null),
  );
}

/** Without author and committer, so that GitHub signs it as the App's own. */
async function commit(
  { client, owner, name: repo }: InstalledRepository,
  snapshot: Snapshot,
  proposal: Proposal,
): Promise<string> {
  const entries = await Promise.all(
    proposal.files.map(async ({ path, after }) => ({
      path,
      content: after,
      type: "blob" as const,
      mode: await snapshot.modeOf(path),
    })),
  );
  const tree = await client.rest.git.createTree({ owner, repo, base_tree: snapshot.treeSha, tree: entries });
  const made = await client.rest.git.createCommit({
    owner,
    repo,
    message: proposal.title,
    tree: tree.data.sha,
    parents: [snapshot.commit],
  });
  return made.data.sha;
}

/** A branch may be left from a pull request that was merged or closed. */
async function placeBranch(
  { client, owner, name: repo }: InstalledRepository,
  branch: string,
  sha: string,
): Promise<void> {
  try {
    await client.rest.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha });
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
    await client.rest.git.updateRef({ owner, repo, ref: `heads/${branch}`, sha, force: true });
  }
}
