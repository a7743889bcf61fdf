import type { Hub } from "./hub.ts";
import { isPull } from "./hub.ts";
import type { Account, Comment, Installation, Issue, Label, PullRequest, Repository } from "./model.ts";
import { pullDetails } from "./pull-details.ts";
import { installation as installationShape, nodeId, user } from "./shapes/account.ts";
import { comment as commentShape, issue as issueShape, label as labelShape } from "./shapes/issue.ts";
import { fullPull, pull as pullShape } from "./shapes/pull.ts";
import { repository as repositoryShape } from "./shapes/repository.ts";

type Payload = Record<string, unknown>;

/** Tells the App of something in a repository, if it is installed there and listens to this event. */
export function emit(
  hub: Hub,
  repository: Repository,
  event: string,
  sender: Account,
  payload: Payload,
): void {
  const installation = hub.installationOf(repository);
  if (!installation || installation.suspendedAt || !hub.app.events.includes(event)) return;
  hub.webhooks.emit(event, {
    ...payload,
    repository: payload["repository"] ?? repositoryShape(hub, repository),
    ...(repository.owner.type === "Organization"
      ? { organization: organization(hub, repository.owner) }
      : {}),
    installation: { id: installation.id, node_id: nodeId("I", installation.id) },
    sender: user(hub, sender),
  });
}

/** `installation` and `installation_repositories` reach every App, whatever it listens to. */
export function emitInstallation(
  hub: Hub,
  event: "installation" | "installation_repositories",
  action: string,
  installation: Installation,
  payload: Payload = {},
): void {
  hub.webhooks.emit(event, {
    action,
    installation: installationShape(hub, installation),
    ...payload,
    sender: user(hub, hub.account("octo-admin")),
  });
}

export async function emitPull(
  hub: Hub,
  repository: Repository,
  action: string,
  pull: PullRequest,
  sender: Account,
  extra: Payload = {},
): Promise<void> {
  // Lists and events of labels show the short form; GitHub works out the numbers only where the code changed.
  const details = FULL.has(action) ? await pullDetails(repository, pull) : undefined;
  const shown = details
    ? { ...fullPull(hub, repository, pull, details), mergeable: null, mergeable_state: "unknown" }
    : pullShape(hub, repository, pull);
  emit(hub, repository, "pull_request", sender, {
    action,
    number: pull.number,
    pull_request: shown,
    ...extra,
  });
}

/** `issues` or `pull_request`, whichever this is. */
export async function emitIssue(
  hub: Hub,
  repository: Repository,
  action: string,
  issue: Issue,
  sender: Account,
  extra: Payload = {},
): Promise<void> {
  if (isPull(issue)) return emitPull(hub, repository, action, issue, sender, extra);
  return emit(hub, repository, "issues", sender, {
    action,
    issue: issueShape(hub, repository, issue),
    ...extra,
  });
}

export async function emitLabel(
  hub: Hub,
  repository: Repository,
  action: "labeled" | "unlabeled",
  issue: Issue,
  label: Label,
  sender: Account,
): Promise<void> {
  await emitIssue(hub, repository, action, issue, sender, { label: labelShape(hub, repository, label) });
}

export function emitComment(
  hub: Hub,
  repository: Repository,
  action: "created" | "edited" | "deleted",
  comment: Comment,
  sender: Account,
  extra: Payload = {},
): void {
  emit(hub, repository, "issue_comment", sender, {
    action,
    issue: issueShape(hub, repository, comment.issue),
    comment: commentShape(hub, repository, comment),
    ...extra,
  });
}

const FULL = new Set(["opened", "synchronize", "closed", "reopened", "edited"]);

function organization(hub: Hub, owner: Account): Payload {
  const url = `${hub.api}/orgs/${owner.login}`;
  return {
    login: owner.login,
    id: owner.id,
    node_id: nodeId("O", owner.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${hub.url}/avatars/${owner.id}`,
    description: null,
  };
}
