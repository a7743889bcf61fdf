import type { Hub } from "../hub.ts";
import { isPull } from "../hub.ts";
import type { Account, Comment, Issue, Label, LabelEvent, Reaction, Repository } from "../model.ts";
import { app, nodeId, user } from "./account.ts";
import { repositoryUrl } from "./repository.ts";

export function label(hub: Hub, repository: Repository, { id, name, color, description }: Label) {
  const url = `${repositoryUrl(hub, repository)}/labels/${encodeURIComponent(name)}`;
  return { id, node_id: nodeId("LA", id), url, name, color, default: false, description };
}

export function issue(hub: Hub, repository: Repository, one: Issue) {
  const url = `${repositoryUrl(hub, repository)}/issues/${one.number}`;
  const html = `${hub.url}/${repository.fullName}/${one.pull ? "pull" : "issues"}/${one.number}`;
  const assignees = one.assignees.map((account) => user(hub, account));
  return {
    url,
    repository_url: repositoryUrl(hub, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: html,
    id: one.id,
    node_id: nodeId("I", one.id),
    number: one.number,
    title: one.title,
    user: user(hub, one.user),
    labels: one.labels.map((each) => label(hub, repository, each)),
    state: one.state,
    state_reason: one.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: commentsOn(repository, one).length,
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    closed_at: one.closedAt,
    author_association: association(repository, one.user),
    body: one.body,
    reactions: reactionCounts(`${url}/reactions`, []),
    ...(isPull(one)
      ? {
          draft: one.pull.draft,
          pull_request: {
            url: `${repositoryUrl(hub, repository)}/pulls/${one.number}`,
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: one.pull.merged?.at ?? null,
          },
        }
      : {}),
  };
}

export function labelEvent(hub: Hub, repository: Repository, one: LabelEvent) {
  return {
    id: one.id,
    node_id: nodeId("LE", one.id),
    url: `${repositoryUrl(hub, repository)}/issues/events/${one.id}`,
    actor: user(hub, one.actor),
    event: one.event,
    commit_id: null,
    commit_url: null,
    created_at: one.createdAt,
    label: { name: one.label.name, color: one.label.color },
    performed_via_github_app: one.actor.type === "Bot" ? app(hub) : null,
  };
}

export function comment(hub: Hub, repository: Repository, one: Comment) {
  const url = `${repositoryUrl(hub, repository)}/issues/comments/${one.id}`;
  const kind = one.issue.pull ? "pull" : "issues";
  return {
    id: one.id,
    node_id: nodeId("IC", one.id),
    url,
    html_url: `${hub.url}/${repository.fullName}/${kind}/${one.issue.number}#issuecomment-${one.id}`,
    issue_url: `${repositoryUrl(hub, repository)}/issues/${one.issue.number}`,
    user: user(hub, one.user),
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    author_association: association(repository, one.user),
    body: one.body,
    reactions: reactionCounts(`${url}/reactions`, one.reactions),
    performed_via_github_app: one.byApp ? app(hub) : null,
  };
}

export function reaction(hub: Hub, one: Reaction) {
  return {
    id: one.id,
    node_id: nodeId("RE", one.id),
    user: user(hub, one.user),
    content: one.content,
    created_at: one.createdAt,
  };
}

export const commentsOn = (repository: Repository, issue: Issue): Comment[] =>
  [...repository.comments.values()].filter((comment) => comment.issue === issue);

/** Never a sign of what somebody may do: private members show up as NONE or CONTRIBUTOR, here as there. */
export function association(repository: Repository, account: Account): string {
  if (account === repository.owner) return "OWNER";
  return repository.collaborators.has(account.login.toLowerCase()) ? "COLLABORATOR" : "NONE";
}

const CONTENTS = ["+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"];

function reactionCounts(url: string, reactions: readonly Reaction[]) {
  const counts = CONTENTS.map((content) => [
    content,
    reactions.filter((one) => one.content === content).length,
  ]);
  return { url, total_count: reactions.length, ...Object.fromEntries(counts) };
}
