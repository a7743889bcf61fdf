import { schema as published } from "@octokit/graphql-schema";
import { buildSchema, graphql, type GraphQLSchema } from "graphql";
import { z } from "zod";
import { type Answer, Refusal } from "./answer.ts";
import { findIssue, isPull, type Hub } from "./hub.ts";
import type { Account, Actor, Issue, PullRequest, Repository } from "./model.ts";
import { isReady, mergePull } from "./pull-requests.ts";
import { nodeId } from "./shapes/account.ts";

const request = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) });

const target = z.object({ input: z.object({ pullRequestId: z.string() }) });
const enabling = z.object({
  input: z.object({
    pullRequestId: z.string(),
    expectedHeadOid: z.string().nullish(),
    mergeMethod: z.enum(["MERGE", "SQUASH", "REBASE"]).default("MERGE"),
  }),
});

let schema: GraphQLSchema | undefined;

/** A request of the GraphQL interface, held against GitHub's own schema and executed by graphql-js. */
export async function answerGraphql(hub: Hub, actor: Actor, body: unknown): Promise<Answer> {
  if (actor.kind !== "installation" && actor.kind !== "person")
    throw new Refusal(401, "This endpoint requires you to be authenticated.");
  const parsed = request.safeParse(body);
  if (!parsed.success) throw new Refusal(400, "A query attribute must be specified and must be a string.");
  // It is megabytes of text, and few tests ask.
  schema ??= buildSchema(published.idl, { assumeValid: true });
  const result = await graphql({
    schema,
    source: parsed.data.query,
    variableValues: parsed.data.variables,
    rootValue: { ...queries(hub, actor), ...mutations(hub, actor) },
  });
  return { status: 200, body: result };
}

const named = z.object({ owner: z.string(), name: z.string() });
const some = z.object({ first: z.int().max(100).nullish(), last: z.int().max(100).nullish() });

function queries(hub: Hub, actor: Actor) {
  return {
    repository: (given: unknown) => {
      const { owner, name } = named.parse(given);
      const repository = hub.visibleRepository(actor, owner, name);
      return {
        issue: (asked: unknown) => {
          const issue = findIssue(repository, z.object({ number: z.int() }).parse(asked).number);
          return { author: person(issue.user), userContentEdits: (which: unknown) => edits(issue, which) };
        },
      };
    },
  };
}

/** The newest first, as GitHub lists them. */
function edits({ edits: all }: Issue, which: unknown) {
  const { first, last } = some.parse(which);
  const listed = all.toReversed();
  const shown = typeof last === "number" ? listed.slice(-last) : listed.slice(0, first ?? undefined);
  return {
    totalCount: all.length,
    nodes: shown.map(({ by, at }) => ({ editor: person(by), editedAt: at })),
  };
}

/** GraphQL leaves out what REST writes behind the name of a bot. */
function person({ login, type }: Account) {
  return { __typename: type, login: login.replace(/\[bot\]$/, "") };
}

function mutations(hub: Hub, actor: Actor) {
  const pullOf = (id: string): { repository: Repository; pull: PullRequest } => {
    for (const repository of hub.repositories.values())
      for (const issue of repository.issues.values())
        if (isPull(issue) && nodeId("PR", issue.id) === id) {
          hub.visibleRepository(actor, repository.owner.login, repository.name);
          if (!mayWrite(actor, repository)) throw new Error("Resource not accessible by integration");
          return { repository, pull: issue };
        }
    throw new Error(`Could not resolve to a node with the global id of '${id}'`);
  };
  return {
    enablePullRequestAutoMerge: (given: unknown) => {
      const { pullRequestId, expectedHeadOid, mergeMethod } = enabling.parse(given).input;
      const { repository, pull } = pullOf(pullRequestId);
      if (!repository.allowsAutoMerge) throw new Error("Auto merge is not allowed for this repository");
      if (!repository.protectedBranches.has(pull.pull.base.ref))
        throw new Error("Pull request Protected branch rules not configured for this branch");
      if (isReady(repository, pull)) throw new Error("Pull request Pull request is in clean status");
      if (expectedHeadOid && expectedHeadOid !== pull.pull.head.sha)
        throw new Error("Head sha didn't match expected_head_oid");
      const method = ({ MERGE: "merge", SQUASH: "squash", REBASE: "rebase" } as const)[mergeMethod];
      pull.pull.autoMerge = { by: hub.doer(actor), method };
      return { pullRequest: pull };
    },
    disablePullRequestAutoMerge: (given: unknown) => {
      const { pull } = pullOf(target.parse(given).input.pullRequestId);
      if (!pull.pull.autoMerge) throw new Error("Can't disable auto-merge for this pull request.");
      pull.pull.autoMerge = null;
      return { pullRequest: pull };
    },
  };
}

function mayWrite(actor: Actor, repository: Repository): boolean {
  if (actor.kind === "installation")
    return ["contents", "pull_requests"].every((name) => actor.permissions[name] === "write");
  if (actor.kind !== "person") return false;
  const { permission = "read" } = repository.collaborators.get(actor.account.login.toLowerCase()) ?? {};
  return !["read", "triage"].includes(permission);
}

/** Merges what waits for no more than the checks of this commit, which may be done now. */
export async function mergeWhatIsReady(hub: Hub, repository: Repository, sha: string): Promise<void> {
  for (const pull of [...repository.issues.values()].filter(isPull)) {
    const { autoMerge, head } = pull.pull;
    if (pull.state !== "open" || head.sha !== sha || !autoMerge || !isReady(repository, pull)) continue;
    const doer: Account = autoMerge.by;
    await mergePull(hub, repository, pull, { method: autoMerge.method }, doer);
  }
}
