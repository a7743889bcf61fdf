import { Refusal, invalid } from "./answer.ts";
import { emitIssue, emitPull } from "./events.ts";
import type { Identity } from "./git.ts";
import type { Hub } from "./hub.ts";
import { isPull } from "./hub.ts";
import type { Account, CheckRun, PullRequest, Repository } from "./model.ts";
import { pullCommits } from "./pull-details.ts";
import { closePull, keepPullRef, refMoved } from "./pushes.ts";

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
}

export async function openPull(
  hub: Hub,
  repository: Repository,
  wanted: NewPull,
  doer: Account,
): Promise<PullRequest> {
  const { git } = repository;
  const { head, fork } = headOf(hub, repository, wanted.head);
  const [headSha, baseSha] = [await (fork ?? repository).git.branch(head), await git.branch(wanted.base)];
  if (!headSha) throw invalid({ resource: "PullRequest", field: "head", code: "invalid" });
  if (!baseSha) throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
  checkText("PullRequest", wanted.title, wanted.body);
  if (fork) await git.fetch(fork.git, headSha);
  if (await git.isAncestor(headSha, baseSha)) throw custom(`No commits between ${wanted.base} and ${head}`);
  refuseTwin(repository, { ref: head, fork }, wanted.base);
  const now = hub.timestamp();
  const pull: PullRequest = {
    id: hub.nextId(),
    number: nextNumber(repository),
    user: doer,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    title: wanted.title,
    body: wanted.body,
    state: "open",
    stateReason: null,
    labels: [],
    labelEvents: [],
    edits: [],
    assignees: [],
    pull: {
      head: { ref: head, sha: headSha, ...(fork ? { fork } : {}) },
      base: { ref: wanted.base, sha: baseSha },
      draft: wanted.draft,
      autoMerge: null,
      approvals: new Set(),
      merged: null,
    },
  };
  repository.issues.set(pull.number, pull);
  await keepPullRef(repository, pull);
  await emitPull(hub, repository, "opened", pull, doer);
  return pull;
}

export interface PullChange {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: "open" | "closed" | undefined;
  readonly base?: string | undefined;
}

export async function updatePull(
  hub: Hub,
  repository: Repository,
  pull: PullRequest,
  change: PullChange,
  doer: Account,
): Promise<void> {
  if (change.base !== undefined && change.base !== pull.pull.base.ref) {
    const sha = await repository.git.branch(change.base);
    if (!sha) throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
    refuseTwin(repository, pull.pull.head, change.base);
    pull.pull.base = { ref: change.base, sha };
  }
  await editText(hub, repository, pull, change, doer);
  if (change.state === "closed" && pull.state === "open") await closePull(hub, repository, pull, doer);
  if (change.state === "open" && pull.state === "closed") await reopenPull(hub, repository, pull, doer);
}

/** Title and body, of an issue or a pull request; an `edited` event says what they were. */
export async function editText(
  hub: Hub,
  repository: Repository,
  issue: PullRequest | Parameters<typeof emitIssue>[3],
  { title = issue.title, body = issue.body }: Pick<PullChange, "title" | "body">,
  doer: Account,
): Promise<void> {
  checkText(issue.pull ? "PullRequest" : "Issue", title, body);
  const changes = {
    ...(title === issue.title ? {} : { title: { from: issue.title } }),
    ...(body === issue.body ? {} : { body: { from: issue.body ?? "" } }),
  };
  if (Object.keys(changes).length === 0) return;
  Object.assign(issue, { title, body, updatedAt: hub.timestamp() });
  issue.edits.push({ by: doer, at: issue.updatedAt });
  await emitIssue(hub, repository, "edited", issue, doer, { changes });
}

async function reopenPull(hub: Hub, repository: Repository, pull: PullRequest, doer: Account): Promise<void> {
  const head = await (pull.pull.head.fork ?? repository).git.branch(pull.pull.head.ref);
  if (pull.pull.merged || !head) throw invalid({ resource: "PullRequest", field: "state", code: "invalid" });
  refuseTwin(repository, pull.pull.head, pull.pull.base.ref);
  pull.state = "open";
  pull.closedAt = null;
  pull.pull.head.sha = head;
  pull.updatedAt = hub.timestamp();
  await keepPullRef(repository, pull);
  await emitPull(hub, repository, "reopened", pull, doer);
}

export type MergeMethod = "merge" | "squash" | "rebase";

export interface MergeWish {
  readonly method: MergeMethod;
  /** The head that the asker believes in. */
  readonly sha?: string | undefined;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
}

/** Merges with git, and gives the base's new tip. */
export async function mergePull(
  hub: Hub,
  repository: Repository,
  pull: PullRequest,
  wish: MergeWish,
  doer: Account,
): Promise<string> {
  const { head, base } = pull.pull;
  const before = await repository.git.branch(base.ref);
  if (pull.state !== "open" || pull.pull.draft || !before)
    throw new Refusal(405, "Pull Request is not mergeable");
  if (wish.sha !== undefined && wish.sha !== head.sha) {
    throw new Refusal(409, "Head branch was modified. Review and try the merge again.");
  }
  const after = await mergedTip(hub, repository, pull, before, wish, doer);
  if (!after) throw new Refusal(405, "Pull Request is not mergeable");
  const move = { ref: `refs/heads/${base.ref}`, before, after };
  if (!(await repository.git.moveRef(move.ref, after, before))) {
    throw new Refusal(405, "Base branch was modified. Review and try the merge again.");
  }
  repository.verified.add(after);
  base.sha = before;
  pull.pull.merged = { by: doer, at: hub.timestamp(), sha: after };
  await closePull(hub, repository, pull, doer);
  await refMoved(hub, repository, move, doer);
  return after;
}

/**
 * Whether a protected branch has all it asks for, and all checks of a pull request's head have passed; where there
 * are none yet, they may still come.
 */
export function isReady(repository: Repository, pull: PullRequest): boolean {
  const runs = runsOf(repository, pull);
  return runs.length > 0 && runs.every(hasPassed) && whyProtected(repository, pull, true) === undefined;
}

/** What a protected branch lacks before a pull request may be merged into it, in GitHub's words. */
export function whyProtected(
  repository: Repository,
  pull: PullRequest,
  isQueued = false,
): string | undefined {
  const { approvals = 0, checks = [], queue } = repository.protectedBranches.get(pull.pull.base.ref) ?? {};
  if (queue && !isQueued) return "Changes must be made through the merge queue";
  if (pull.pull.approvals.size < approvals)
    return `At least ${approvals} approving review is required by reviewers with write access.`;
  const passed = new Set(
    runsOf(repository, pull)
      .filter(hasPassed)
      .map(({ name }) => name),
  );
  const missing = checks.find((name) => !passed.has(name));
  return missing === undefined ? undefined : `Required status check "${missing}" is expected.`;
}

function runsOf(repository: Repository, { pull }: PullRequest): CheckRun[] {
  return [...repository.checkRuns.values()].filter(({ headSha }) => headSha === pull.head.sha);
}

function hasPassed({ conclusion }: CheckRun): boolean {
  return ["success", "neutral", "skipped"].includes(conclusion ?? "");
}

async function mergedTip(
  hub: Hub,
  repository: Repository,
  pull: PullRequest,
  before: string,
  wish: MergeWish,
  doer: Account,
): Promise<string | undefined> {
  const { git, owner } = repository;
  const { head } = pull.pull;
  const committer = github(hub.timestamp());
  if (wish.method === "rebase") return git.rebase(before, head.sha, committer);
  const tree = await git.mergeTree(before, head.sha);
  if (!tree) return undefined;
  const squash = wish.method === "squash";
  const commits = squash ? await pullCommits(repository, pull) : [];
  const title =
    wish.title ??
    (squash
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${owner.login}/${head.ref}`);
  const body =
    wish.message ?? (squash ? commits.map((commit) => `* ${commit.message}`).join("\n\n") : pull.title);
  return git.writeCommit({
    tree,
    parents: squash ? [before] : [before, head.sha],
    author: identity(squash ? pull.user : doer, hub.timestamp()),
    committer,
    message: body ? `${title}\n\n${body}` : title,
  });
}

/** How GitHub signs what it does itself. */
export const github = (date: string): Identity => ({ name: "GitHub", email: "noreply@github.com", date });

export const identity = ({ id, login }: Account, date: string): Identity => ({
  name: login,
  email: `${id}+${login}@users.noreply.github.com`,
  date,
});

export const nextNumber = (repository: Repository): number => repository.issues.size + 1;

const MAX_BODY = 65_536;

/** What GitHub asks of every title and body. */
export function checkText(resource: string, title: string, body: string | null): void {
  if (!title.trim()) throw invalid({ resource, field: "title", code: "missing_field" });
  if (body !== null && Array.from(body).length > MAX_BODY) {
    throw invalid({
      resource,
      field: "body",
      code: "custom",
      message: `body is too long (maximum is ${MAX_BODY} characters)`,
    });
  }
}

/** `owner:branch`, where the owner may have a fork of the same name. */
function headOf(
  hub: Hub,
  repository: Repository,
  wanted: string,
): { readonly head: string; readonly fork?: Repository } {
  const [owner = "", ...branch] = wanted.includes(":") ? wanted.split(":") : ["", wanted];
  const from = hub.repositories.get(`${owner}/${repository.name}`.toLowerCase());
  return { head: branch.join(":"), ...(from && from !== repository ? { fork: from } : {}) };
}

function refuseTwin(
  repository: Repository,
  head: { readonly ref: string; readonly fork?: Repository | undefined },
  base: string,
): void {
  const twin = [...repository.issues.values()]
    .filter(isPull)
    .find(
      ({ state, pull }) =>
        state === "open" &&
        pull.head.ref === head.ref &&
        pull.head.fork === head.fork &&
        pull.base.ref === base,
    );
  const { owner } = head.fork ?? repository;
  if (twin) throw custom(`A pull request already exists for ${owner.login}:${head.ref}.`);
}

const custom = (message: string): Refusal => invalid({ resource: "PullRequest", code: "custom", message });
