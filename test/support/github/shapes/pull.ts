import type { Hub } from "../hub.ts";
import type { PullRequest, Repository } from "../model.ts";
import { nodeId, user } from "./account.ts";
import { association, commentsOn, label } from "./issue.ts";
import { repository as repositoryShape, repositoryUrl } from "./repository.ts";

/** A pull request as lists show it. */
export function pull(hub: Hub, repository: Repository, one: PullRequest) {
  const { head, base, draft, merged, autoMerge } = one.pull;
  const url = `${repositoryUrl(hub, repository)}/pulls/${one.number}`;
  const issueUrl = `${repositoryUrl(hub, repository)}/issues/${one.number}`;
  const html = `${hub.url}/${repository.fullName}/pull/${one.number}`;
  const statuses = `${repositoryUrl(hub, repository)}/statuses/${head.sha}`;
  const assignees = one.assignees.map((account) => user(hub, account));
  const side = ({ ref, sha, fork = repository }: { ref: string; sha: string; fork?: Repository }) => ({
    label: `${fork.owner.login}:${ref}`,
    ref,
    sha,
    user: user(hub, fork.owner),
    // The settings stand in the repository of a pull request only, and webhooks ask for them.
    repo: { ...repositoryShape(hub, fork), ...MERGE_SETTINGS },
  });
  return {
    url,
    id: one.id,
    node_id: nodeId("PR", one.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    number: one.number,
    state: one.state,
    locked: false,
    active_lock_reason: null,
    title: one.title,
    user: user(hub, one.user),
    body: one.body,
    labels: one.labels.map((each) => label(hub, repository, each)),
    milestone: null,
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    closed_at: one.closedAt,
    merged_at: merged?.at ?? null,
    merge_commit_sha: merged?.sha ?? null,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: [],
    requested_teams: [],
    head: side(head),
    base: side(base),
    draft,
    auto_merge: autoMerge && {
      enabled_by: user(hub, autoMerge.by),
      merge_method: autoMerge.method,
      commit_title: one.title,
      commit_message: "",
    },
    author_association: association(repository, one.user),
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(hub, repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statuses,
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repositoryUrl(hub, repository)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
  };
}

/** What only the single pull request tells, and has to be worked out. */
export interface PullDetails {
  readonly mergeable: boolean | null;
  readonly mergeableState: string;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

export function fullPull(hub: Hub, repository: Repository, one: PullRequest, details: PullDetails) {
  const { merged } = one.pull;
  return {
    ...pull(hub, repository, one),
    merged: merged !== null,
    mergeable: details.mergeable,
    rebaseable: details.mergeable,
    mergeable_state: details.mergeableState,
    merged_by: merged ? user(hub, merged.by) : null,
    comments: commentsOn(repository, one).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: details.commits,
    additions: details.additions,
    deletions: details.deletions,
    changed_files: details.changedFiles,
  };
}

const MERGE_SETTINGS = {
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  delete_branch_on_merge: false,
  use_squash_pr_title_as_default: false,
  squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
  squash_merge_commit_message: "COMMIT_MESSAGES",
  merge_commit_title: "MERGE_MESSAGE",
  merge_commit_message: "PR_TITLE",
};
