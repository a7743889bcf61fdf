import { changesBetween, type FileChange } from "./diff.ts";
import type { Commit } from "./git.ts";
import type { PullRequest, Repository } from "./model.ts";
import type { PullDetails } from "./shapes/pull.ts";

/** Commits of a pull request, oldest first. */
export async function pullCommits(repository: Repository, pull: PullRequest): Promise<Commit[]> {
  return repository.git.log(["--reverse", `${await baseOf(repository, pull)}..${pull.pull.head.sha}`]);
}

/** What a pull request changes: against the point where it left the base. */
export async function pullFiles(repository: Repository, pull: PullRequest): Promise<FileChange[]> {
  const { git } = repository;
  const base = await baseOf(repository, pull);
  const fork = (await git.mergeBase(base, pull.pull.head.sha)) ?? base;
  return changesBetween(git, fork, pull.pull.head.sha);
}

export async function pullDetails(repository: Repository, pull: PullRequest): Promise<PullDetails> {
  const [commits, files, mergeable] = await Promise.all([
    pullCommits(repository, pull),
    pullFiles(repository, pull),
    isMergeable(repository, pull),
  ]);
  return {
    mergeable,
    mergeableState: mergeableState(repository, pull, mergeable),
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
  };
}

/** The base's tip while the pull request is open; afterwards the tip that it ended on. */
async function baseOf(repository: Repository, { state, pull }: PullRequest): Promise<string> {
  const tip = state === "open" ? await repository.git.branch(pull.base.ref) : undefined;
  return tip ?? pull.base.sha;
}

async function isMergeable(repository: Repository, { state, pull }: PullRequest): Promise<boolean | null> {
  const base = state === "open" ? await repository.git.branch(pull.base.ref) : undefined;
  return base ? (await repository.git.mergeTree(base, pull.head.sha)) !== undefined : null;
}

function mergeableState(repository: Repository, { pull }: PullRequest, mergeable: boolean | null): string {
  if (mergeable === null) return "unknown";
  if (!mergeable) return "dirty";
  if (pull.draft) return "draft";
  if (repository.protectedBranches.has(pull.base.ref)) return "blocked";
  const failed = [...repository.checkRuns.values()].some(
    (run) => run.headSha === pull.head.sha && run.conclusion === "failure",
  );
  return failed ? "unstable" : "clean";
}
