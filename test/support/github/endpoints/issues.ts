import { created, noContent, notFound, ok, page } from "../answer.ts";
import * as conversation from "../conversation.ts";
import { repositoryEndpoint } from "../endpoint.ts";
import { findIssue } from "../hub.ts";
import type { Comment, Issue, Label, Repository } from "../model.ts";
import * as shapes from "../shapes/issue.ts";

export const issues = [
  repositoryEndpoint("issues/create", async ({ hub, repository, body, doer }) => {
    const labels = labelNames(body.labels ?? []);
    const wanted = { title: String(body.title), body: body.body ?? null, labels };
    return created(
      shapes.issue(hub, repository, await conversation.openIssue(hub, repository, wanted, doer)),
    );
  }),

  repositoryEndpoint("issues/get", ({ hub, repository, path }) =>
    ok(shapes.issue(hub, repository, findIssue(repository, path.issue_number))),
  ),

  repositoryEndpoint("issues/list-for-repo", ({ hub, repository, query }) => {
    const wanted = query.labels?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
    const found = [...repository.issues.values()]
      .filter(({ state }) => query.state === "all" || state === query.state)
      .filter(({ labels }) =>
        wanted.every((name) => labels.some((label) => label.name.toLowerCase() === name)),
      )
      .filter(
        ({ user }) => query.creator === undefined || user.login.toLowerCase() === query.creator.toLowerCase(),
      )
      .filter(({ updatedAt }) => query.since === undefined || updatedAt >= query.since);
    const key = (issue: Issue) => (query.sort === "updated" ? issue.updatedAt : issue.createdAt);
    const ascending = found.sort((a, b) => key(a).localeCompare(key(b)) || a.number - b.number);
    return page(query.direction === "asc" ? ascending : ascending.toReversed(), (one) =>
      shapes.issue(hub, repository, one),
    );
  }),

  repositoryEndpoint("issues/update", async ({ hub, repository, path, body, doer }) => {
    const issue = findIssue(repository, path.issue_number);
    const change = {
      title: body.title === undefined || body.title === null ? undefined : String(body.title),
      body: body.body,
      state: body.state,
      stateReason: body.state_reason,
      labels: body.labels && labelNames(body.labels),
    };
    await conversation.updateIssue(hub, repository, issue, change, doer);
    return ok(shapes.issue(hub, repository, issue));
  }),

  repositoryEndpoint("issues/create-comment", ({ hub, repository, path, body, doer }) => {
    const issue = findIssue(repository, path.issue_number);
    return created(
      shapes.comment(hub, repository, conversation.addComment(hub, repository, issue, body.body, doer)),
    );
  }),

  repositoryEndpoint("issues/list-comments", ({ hub, repository, path, query }) => {
    const comments = shapes.commentsOn(repository, findIssue(repository, path.issue_number));
    const recent = comments.filter(({ updatedAt }) => query.since === undefined || updatedAt >= query.since);
    return page(recent, (one) => shapes.comment(hub, repository, one));
  }),

  repositoryEndpoint("issues/list-comments-for-repo", ({ hub, repository, query }) => {
    const key = ({ createdAt, updatedAt }: Comment) => (query.sort === "updated" ? updatedAt : createdAt);
    const found = [...repository.comments.values()]
      .filter(({ updatedAt }) => query.since === undefined || updatedAt >= query.since)
      .sort((a, b) => key(a).localeCompare(key(b)) || a.id - b.id);
    // Without a sort the direction counts for nothing.
    const newestFirst = query.sort !== undefined && query.direction !== "asc";
    return page(newestFirst ? found.toReversed() : found, (one) => shapes.comment(hub, repository, one));
  }),

  repositoryEndpoint("issues/list-events", ({ hub, repository, path }) =>
    page(findIssue(repository, path.issue_number).labelEvents, (one) =>
      shapes.labelEvent(hub, repository, one),
    ),
  ),

  repositoryEndpoint("issues/get-comment", ({ hub, repository, path }) =>
    ok(shapes.comment(hub, repository, findComment(repository, path.comment_id))),
  ),

  repositoryEndpoint("issues/update-comment", ({ hub, repository, path, body, doer }) => {
    const comment = findComment(repository, path.comment_id);
    conversation.editComment(hub, repository, comment, body.body, doer);
    return ok(shapes.comment(hub, repository, comment));
  }),

  repositoryEndpoint("issues/delete-comment", ({ hub, repository, path, doer }) => {
    conversation.deleteComment(hub, repository, findComment(repository, path.comment_id), doer);
    return noContent();
  }),

  repositoryEndpoint("issues/add-labels", async ({ hub, repository, path, body, doer }) => {
    const issue = findIssue(repository, path.issue_number);
    await conversation.addLabels(hub, repository, issue, labelNames(body), doer);
    return page(issue.labels, (label) => shapes.label(hub, repository, label));
  }),

  repositoryEndpoint("issues/set-labels", async ({ hub, repository, path, body, doer }) => {
    const issue = findIssue(repository, path.issue_number);
    await conversation.setLabels(hub, repository, issue, labelNames(body), doer);
    return page(issue.labels, (label) => shapes.label(hub, repository, label));
  }),

  repositoryEndpoint("issues/remove-label", async ({ hub, repository, path, doer }) => {
    const issue = findIssue(repository, path.issue_number);
    const label = issue.labels.find(({ name }) => name.toLowerCase() === path.name.toLowerCase());
    if (!label) throw notFound();
    await conversation.removeLabel(hub, repository, issue, label, doer);
    return page(issue.labels, (one) => shapes.label(hub, repository, one));
  }),

  repositoryEndpoint("issues/list-labels-on-issue", ({ hub, repository, path }) =>
    page(findIssue(repository, path.issue_number).labels, (label) => shapes.label(hub, repository, label)),
  ),

  repositoryEndpoint("issues/create-label", ({ hub, repository, body }) => {
    const { name, color = "ededed", description = null } = body;
    return created(
      shapes.label(hub, repository, conversation.createLabel(hub, repository, { name, color, description })),
    );
  }),

  repositoryEndpoint("issues/get-label", ({ hub, repository, path }) =>
    ok(shapes.label(hub, repository, findLabel(repository, path.name))),
  ),

  repositoryEndpoint("issues/list-labels-for-repo", ({ hub, repository }) =>
    page([...repository.labels.values()], (label) => shapes.label(hub, repository, label)),
  ),

  repositoryEndpoint("reactions/create-for-issue-comment", ({ hub, repository, path, body, doer }) => {
    const comment = findComment(repository, path.comment_id);
    const { reaction, fresh } = conversation.react(hub, comment, body.content, doer);
    return { status: fresh ? 201 : 200, body: shapes.reaction(hub, reaction) };
  }),

  repositoryEndpoint("reactions/list-for-issue-comment", ({ hub, repository, path, query }) => {
    const { reactions } = findComment(repository, path.comment_id);
    const found = reactions.filter(({ content }) => query.content === undefined || content === query.content);
    return page(found, (reaction) => shapes.reaction(hub, reaction));
  }),
];

function findComment(repository: Repository, id: number | bigint): Comment {
  const comment = repository.comments.get(Number(id));
  if (!comment) throw notFound();
  return comment;
}

function findLabel(repository: Repository, name: string): Label {
  const label = repository.labels.get(name.toLowerCase());
  if (!label) throw notFound();
  return label;
}

type LabelWish = string | { name?: string };

/** GitHub takes labels as names, as objects, and both either bare or below `labels`. */
function labelNames(
  wish: undefined | string | readonly LabelWish[] | { labels?: readonly LabelWish[] },
): string[] {
  if (wish === undefined) return [];
  if (typeof wish === "string") return [wish];
  const list = "labels" in wish ? (wish.labels ?? []) : wish;
  return Array.isArray(list)
    ? list.map((one: LabelWish) => (typeof one === "string" ? one : (one.name ?? "")))
    : [];
}
