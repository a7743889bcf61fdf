import type { Commit } from "../git.ts";
import type { Hub } from "../hub.ts";
import { isPull } from "../hub.ts";
import type { CheckRun, Repository, Status } from "../model.ts";
import { app, nodeId, user } from "./account.ts";
import { simpleCommit } from "./commit.ts";
import { repository as repositoryShape, repositoryUrl } from "./repository.ts";

export function checkRun(hub: Hub, repository: Repository, run: CheckRun) {
  const url = `${repositoryUrl(hub, repository)}/check-runs/${run.id}`;
  const html = `${hub.url}/${repository.fullName}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId("CR", run.id),
    head_sha: run.headSha,
    name: run.name,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    external_id: run.externalId,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suiteId },
    app: app(hub),
    pull_requests: pullsAt(hub, repository, run.headSha),
  };
}

/** The suite of a commit's runs, as `check_suite` and `check_run` events carry it. */
export function checkSuite(
  hub: Hub,
  repository: Repository,
  suite: { id: number; branch: string | null; before: string; commit: Commit },
  state: { status: string | null; conclusion: string | null },
) {
  const url = `${repositoryUrl(hub, repository)}/check-suites/${suite.id}`;
  const runs = [...repository.checkRuns.values()].filter((run) => run.suiteId === suite.id);
  return {
    id: suite.id,
    node_id: nodeId("CS", suite.id),
    head_branch: suite.branch,
    head_sha: suite.commit.sha,
    ...state,
    url,
    before: suite.before,
    after: suite.commit.sha,
    pull_requests: pullsAt(hub, repository, suite.commit.sha),
    app: app(hub),
    repository: repositoryShape(hub, repository),
    created_at: hub.timestamp(),
    updated_at: hub.timestamp(),
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
    head_commit: simpleCommit(hub, suite.commit),
  };
}

export function status(hub: Hub, repository: Repository, one: Status) {
  return {
    url: `${repositoryUrl(hub, repository)}/statuses/${one.sha}`,
    avatar_url: user(hub, one.creator).avatar_url,
    id: one.id,
    node_id: nodeId("SC", one.id),
    state: one.state,
    description: one.description,
    target_url: one.targetUrl,
    context: one.context,
    created_at: one.createdAt,
    updated_at: one.createdAt,
    creator: user(hub, one.creator),
  };
}

function pullsAt(hub: Hub, repository: Repository, sha: string) {
  const url = repositoryUrl(hub, repository);
  const repo = { id: repository.id, url, name: repository.name };
  return (
    [...repository.issues.values()]
      .filter(isPull)
      // GitHub leaves those out that come from forks.
      .filter(({ state, pull }) => state === "open" && pull.head.sha === sha && !pull.head.fork)
      .map(({ id, number, pull }) => ({
        id,
        number,
        url: `${url}/pulls/${number}`,
        head: { ...pull.head, repo },
        base: { ...pull.base, repo },
      }))
  );
}
