import { findIssue, isPull } from "./hub.ts";
import type { Account, Actor, Issue, PullRequest, Repository } from "./model.ts";

/** What the query of a repository resolves to: what is in it, a page at a time, newest or oldest first. */
export function repositoryNode(repository: Repository, actor: Actor) {
  const all = [...repository.issues.values()];
  return {
    nameWithOwner: repository.fullName,
    issue: ({ number }: { readonly number: number }) => {
      requireReadable(actor, "issues");
      const issue = findIssue(repository, number);
      return {
        ...issueNode(issue),
        userContentEdits: (asked: PageArguments) => connection(editNodes(issue), asked),
      };
    },
    issues: (asked: ListArguments) => {
      requireReadable(actor, "issues");
      return connection(chosen(all.filter((one) => !isPull(one)).map(issueNode), asked), asked);
    },
    pullRequests: (asked: ListArguments & { readonly headRefName?: string }) => {
      requireReadable(actor, "pull_requests");
      const pulls = all.filter(isPull).map((one) => pullNode(one));
      const { headRefName: head } = asked;
      const found = pulls.filter(({ headRefName }) => head === undefined || headRefName === head);
      return connection(chosen(found, asked), asked);
    },
  };
}

interface ListArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: "ASC" | "DESC" } | null;
}

interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
}

interface Listed {
  readonly number: number;
  readonly state: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly names: readonly string[];
}

/** Any of the labels will do. */
function chosen<T extends Listed>(all: readonly T[], { states, labels, orderBy }: ListArguments): T[] {
  const wanted = labels?.map((name) => name.toLowerCase());
  const found = all.filter(
    ({ state, names }) =>
      (states?.includes(state) ?? true) && (wanted ? names.some((name) => wanted.includes(name)) : true),
  );
  const key = (one: T): string => (orderBy?.field === "UPDATED_AT" ? one.updatedAt : one.createdAt);
  const ascending = found.sort((a, b) => key(a).localeCompare(key(b)) || a.number - b.number);
  return orderBy?.direction === "DESC" ? ascending.toReversed() : ascending;
}

/** Pages are read from the front, or once from the end; a cursor is an opaque name of the last one that was seen. */
function connection<T>(all: readonly T[], { first, last, after }: PageArguments) {
  const size = first ?? last;
  if (!size)
    throw new Error("You must provide a `first` or `last` value to properly paginate the connection.");
  if (size > 100) throw new Error(`Requesting ${size} records exceeds the limit of 100 records.`);
  const seen = after ? Number(Buffer.from(after, "base64url").toString()) : 0;
  const start = first ? seen : Math.max(0, all.length - size);
  const nodes = all.slice(start, start + size);
  const end = start + nodes.length;
  return {
    totalCount: all.length,
    nodes,
    pageInfo: {
      hasNextPage: end < all.length,
      endCursor: nodes.length > 0 ? Buffer.from(String(end)).toString("base64url") : null,
    },
  };
}

function issueNode(one: Issue) {
  const { number, title, state, createdAt, updatedAt, closedAt } = one;
  const names = one.labels.map(({ name }) => name.toLowerCase());
  return {
    number,
    title,
    createdAt,
    updatedAt,
    closedAt,
    names,
    // GraphQL knows no missing text.
    body: one.body ?? "",
    state: state.toUpperCase(),
    author: actorNode(one.user),
    labels: (asked: PageArguments) =>
      connection(
        one.labels.map(({ name }) => ({ name })),
        asked,
      ),
  };
}

function pullNode(one: PullRequest) {
  const { head, merged, autoMerge } = one.pull;
  return {
    ...issueNode(one),
    state: merged ? "MERGED" : one.state.toUpperCase(),
    mergedAt: merged?.at ?? null,
    headRefName: head.ref,
    headRefOid: head.sha,
    isCrossRepository: head.fork !== undefined,
    autoMergeRequest: autoMerge && { enabledAt: one.updatedAt, mergeMethod: autoMerge.method.toUpperCase() },
  };
}

/** The newest first, as GitHub lists them. */
function editNodes({ edits }: Issue) {
  return edits.toReversed().map(({ by, at }) => ({ editor: actorNode(by), editedAt: at }));
}

/** The login of an App goes without the `[bot]` that REST shows. */
function actorNode({ login, type }: Account) {
  return { __typename: type, login: login.replace(/\[bot\]$/, "") };
}

function requireReadable(actor: Actor, permission: string): void {
  if (actor.kind === "installation" && actor.permissions[permission] === undefined)
    throw new Error("Resource not accessible by integration");
}
