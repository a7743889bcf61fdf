import { Refusal } from "./answer.ts";
import { changesBetween } from "./diff.ts";
import { emit, emitPull } from "./events.ts";
import { ZERO } from "./git.ts";
import type { Hub } from "./hub.ts";
import { isPull } from "./hub.ts";
import type { Account, PullRequest, Repository } from "./model.ts";
import { user } from "./shapes/account.ts";
import { checkSuite } from "./shapes/check.ts";
import { pushedCommit } from "./shapes/commit.ts";
import { repository as repositoryShape } from "./shapes/repository.ts";

/** A ref that moved; null where it was not there before, or is not there after. */
export interface RefMove {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Moves a ref, and lets follow what GitHub lets follow. Throws 422 where another was faster. */
export async function moveRef(hub: Hub, repository: Repository, move: RefMove, doer: Account): Promise<void> {
  if (!(await repository.git.moveRef(move.ref, move.after, move.before))) {
    throw new Refusal(422, "Reference cannot be updated");
  }
  await refMoved(hub, repository, move, doer);
}

/** What follows from a moved ref: a push event, and pull requests that get new commits, close, or are merged. */
export async function refMoved(
  hub: Hub,
  repository: Repository,
  move: RefMove,
  doer: Account,
): Promise<void> {
  repository.pushedAt = hub.timestamp();
  await emitPush(hub, repository, move, doer);
  if (!move.ref.startsWith("refs/heads/")) return;
  const branch = move.ref.slice("refs/heads/".length);
  for (const target of hub.repositories.values())
    for (const pull of [...target.issues.values()].filter(isPull)) {
      if (pull.state !== "open") continue;
      const { head, base } = pull.pull;
      if (head.ref === branch && (head.fork ?? target) === repository)
        await headMoved(hub, target, pull, move, doer);
      else if (base.ref === branch && target === repository) await baseMoved(hub, target, pull, move, doer);
    }
}

async function headMoved(
  hub: Hub,
  repository: Repository,
  pull: PullRequest,
  { before, after }: RefMove,
  doer: Account,
): Promise<void> {
  const base = await repository.git.branch(pull.pull.base.ref);
  if (after) {
    const { fork } = pull.pull.head;
    if (fork) await repository.git.fetch(fork.git, after);
    pull.pull.head.sha = after;
    pull.updatedAt = hub.timestamp();
    await keepPullRef(repository, pull);
    await emitPull(hub, repository, "synchronize", pull, doer, { before, after });
  }
  // A branch that is gone, or has nothing of its own left, takes its pull request with it.
  if (!after || (base && (await repository.git.isAncestor(after, base)))) {
    await closePull(hub, repository, pull, doer);
  } else if (base) {
    pull.pull.base.sha = base;
  }
}

async function baseMoved(
  hub: Hub,
  repository: Repository,
  pull: PullRequest,
  { before, after }: RefMove,
  doer: Account,
): Promise<void> {
  if (!after) return closePull(hub, repository, pull, doer);
  if (!(await repository.git.isAncestor(pull.pull.head.sha, after))) return;
  pull.pull.base.sha = before ?? after;
  pull.pull.merged = { by: doer, at: hub.timestamp(), sha: after };
  await closePull(hub, repository, pull, doer);
}

export async function closePull(
  hub: Hub,
  repository: Repository,
  pull: PullRequest,
  doer: Account,
): Promise<void> {
  pull.state = "closed";
  pull.closedAt = pull.updatedAt = hub.timestamp();
  await emitPull(hub, repository, "closed", pull, doer);
}

/** `refs/pull/N/head` outlives the branch. */
export async function keepPullRef(repository: Repository, { number, pull }: PullRequest): Promise<void> {
  const ref = `refs/pull/${number}/head`;
  await repository.git.moveRef(ref, pull.head.sha, (await repository.git.refs()).get(ref) ?? null);
}

/** A push event lists no more commits than this. */
const MAX_COMMITS = 2048;

async function emitPush(hub: Hub, repository: Repository, move: RefMove, doer: Account): Promise<void> {
  const { git } = repository;
  const { ref, before, after } = move;
  const others = await git.refs("refs/heads/");
  // Of a new branch, what no other branch has.
  const known = before
    ? [`^${before}`]
    : [...others].filter(([name]) => name !== ref).map(([, sha]) => `^${sha}`);
  const commits = after ? await git.log(["--reverse", `--max-count=${MAX_COMMITS}`, after, ...known]) : [];
  const shown = await Promise.all(
    commits.map(async (commit) => {
      const [parent] = commit.parents;
      return pushedCommit(
        hub,
        repository,
        commit,
        parent ? await changesBetween(git, parent, commit.sha) : [],
      );
    }),
  );
  const head = after ? await git.commit(after) : undefined;
  const shape = repositoryShape(hub, repository);
  const email = `${doer.id}+${doer.login}@users.noreply.github.com`;
  emit(hub, repository, "push", doer, {
    ref,
    before: before ?? ZERO,
    after: after ?? ZERO,
    created: before === null,
    deleted: after === null,
    forced: before !== null && after !== null && !(await git.isAncestor(before, after)),
    base_ref: null,
    compare: `${hub.url}/${repository.fullName}/compare/${(before ?? ZERO).slice(0, 12)}...${(after ?? ZERO).slice(0, 12)}`,
    commits: shown,
    head_commit: shown.at(-1) ?? (head ? pushedCommit(hub, repository, head, []) : null),
    pusher: { name: doer.login, email },
    repository: {
      ...shape,
      owner: { ...user(hub, repository.owner), name: repository.owner.login, email: null },
      // In this one event GitHub writes the times as numbers.
      created_at: Math.floor(Date.parse(repository.createdAt) / 1000),
      pushed_at: Math.floor(Date.parse(repository.pushedAt) / 1000),
      stargazers: 0,
      master_branch: repository.defaultBranch,
    },
  });
  if (head && ref.startsWith("refs/heads/") && hub.app.permissions["checks"] === "write") {
    const suite = {
      id: hub.nextId(),
      branch: ref.slice("refs/heads/".length),
      before: before ?? ZERO,
      commit: head,
    };
    const check_suite = checkSuite(hub, repository, suite, { status: "queued", conclusion: null });
    emit(hub, repository, "check_suite", doer, { action: "requested", check_suite });
  }
}
