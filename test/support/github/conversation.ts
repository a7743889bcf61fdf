import { Refusal, invalid } from "./answer.ts";
import { emitComment, emitIssue, emitLabel } from "./events.ts";
import type { Hub } from "./hub.ts";
import { isPull } from "./hub.ts";
import type { Account, Comment, Issue, Label, LabelEvent, Reaction, Repository } from "./model.ts";
import { checkText, editText, nextNumber, updatePull } from "./pull-requests.ts";

/** Issues, comments, labels and reactions: what people and the App say to each other. */
export interface NewIssue {
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly string[];
}

export async function openIssue(
  hub: Hub,
  repository: Repository,
  wanted: NewIssue,
  doer: Account,
): Promise<Issue> {
  checkText("Issue", wanted.title, wanted.body);
  const now = hub.timestamp();
  const issue: Issue = {
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
    labels: wanted.labels.map((name) => labelNamed(hub, repository, name)),
    labelEvents: [],
    edits: [],
    assignees: [],
  };
  repository.issues.set(issue.number, issue);
  await emitIssue(hub, repository, "opened", issue, doer);
  return issue;
}

export interface IssueChange {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: "open" | "closed" | undefined;
  readonly stateReason?: Issue["stateReason"] | undefined;
  readonly labels?: readonly string[] | undefined;
}

export async function updateIssue(
  hub: Hub,
  repository: Repository,
  issue: Issue,
  change: IssueChange,
  doer: Account,
): Promise<void> {
  if (change.labels) await setLabels(hub, repository, issue, change.labels, doer);
  if (isPull(issue)) return updatePull(hub, repository, issue, change, doer);
  await editText(hub, repository, issue, change, doer);
  if (change.state === undefined || change.state === issue.state) return;
  const closed = change.state === "closed";
  issue.state = change.state;
  issue.stateReason = change.stateReason ?? (closed ? "completed" : "reopened");
  issue.updatedAt = hub.timestamp();
  issue.closedAt = closed ? issue.updatedAt : null;
  await emitIssue(hub, repository, closed ? "closed" : "reopened", issue, doer);
}

export function addComment(
  hub: Hub,
  repository: Repository,
  issue: Issue,
  body: string,
  doer: Account,
): Comment {
  checkComment(body);
  const now = hub.timestamp();
  const comment: Comment = {
    id: hub.nextId(),
    issue,
    user: doer,
    byApp: doer === hub.bot,
    createdAt: now,
    updatedAt: now,
    body,
    reactions: [],
  };
  repository.comments.set(comment.id, comment);
  issue.updatedAt = now;
  emitComment(hub, repository, "created", comment, doer);
  return comment;
}

export function editComment(
  hub: Hub,
  repository: Repository,
  comment: Comment,
  body: string,
  doer: Account,
): void {
  checkComment(body);
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = hub.timestamp();
  emitComment(hub, repository, "edited", comment, doer, { changes: { body: { from } } });
}

export function deleteComment(hub: Hub, repository: Repository, comment: Comment, doer: Account): void {
  repository.comments.delete(comment.id);
  emitComment(hub, repository, "deleted", comment, doer);
}

/** The reaction, and whether it is new: the same one again by the same account changes nothing. */
export function react(
  hub: Hub,
  comment: Comment,
  content: string,
  doer: Account,
): { reaction: Reaction; fresh: boolean } {
  const known = comment.reactions.find((one) => one.user === doer && one.content === content);
  if (known) return { reaction: known, fresh: false };
  const reaction = { id: hub.nextId(), user: doer, content, createdAt: hub.timestamp() };
  comment.reactions.push(reaction);
  return { reaction, fresh: true };
}

export async function addLabels(
  hub: Hub,
  repository: Repository,
  issue: Issue,
  names: readonly string[],
  doer: Account,
): Promise<void> {
  for (const name of names) {
    const label = labelNamed(hub, repository, name);
    if (issue.labels.includes(label)) continue;
    issue.labels.push(label);
    note(hub, issue, "labeled", label, doer);
    await emitLabel(hub, repository, "labeled", issue, label, doer);
  }
}

export async function setLabels(
  hub: Hub,
  repository: Repository,
  issue: Issue,
  names: readonly string[],
  doer: Account,
): Promise<void> {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  for (const label of issue.labels.filter(({ name }) => !wanted.has(name.toLowerCase()))) {
    await removeLabel(hub, repository, issue, label, doer);
  }
  await addLabels(hub, repository, issue, names, doer);
}

export async function removeLabel(
  hub: Hub,
  repository: Repository,
  issue: Issue,
  label: Label,
  doer: Account,
): Promise<void> {
  issue.labels = issue.labels.filter((one) => one !== label);
  note(hub, issue, "unlabeled", label, doer);
  await emitLabel(hub, repository, "unlabeled", issue, label, doer);
}

function note(hub: Hub, issue: Issue, event: LabelEvent["event"], label: Label, actor: Account): void {
  issue.labelEvents.push({ id: hub.nextId(), event, label, actor, createdAt: hub.timestamp() });
}

/** The repository's label of this name; put on an issue, a new one comes into being, as on GitHub. */
function labelNamed(hub: Hub, repository: Repository, name: string): Label {
  const known = repository.labels.get(name.toLowerCase());
  return known ?? createLabel(hub, repository, { name, color: "ededed", description: null });
}

export function createLabel(hub: Hub, repository: Repository, wanted: Omit<Label, "id">): Label {
  if (repository.labels.has(wanted.name.toLowerCase())) {
    throw invalid({ resource: "Label", field: "name", code: "already_exists" });
  }
  const label = { id: hub.nextId(), ...wanted };
  repository.labels.set(wanted.name.toLowerCase(), label);
  return label;
}

function checkComment(body: string): void {
  if (!body.trim())
    throw new Refusal(422, "Validation Failed", [
      { resource: "IssueComment", field: "body", code: "missing_field" },
    ]);
  checkText("IssueComment", "-", body);
}
