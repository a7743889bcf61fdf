import { schema as published } from "@octokit/graphql-schema";
import { buildSchema, graphql, GraphQLError, type GraphQLSchema } from "graphql";
import { z } from "zod";
import { type Answer, Refusal } from "./answer.ts";
import { repositoryNode } from "./graphql-repository.ts";
import { isPull, type Hub } from "./hub.ts";
import type { Account, Actor, PullRequest, Repository } from "./model.ts";
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
  const errors = result.errors?.map((error) => ({ ...error.toJSON(), ...error.extensions }));
  return { status: 200, body: { ...result, ...(errors ? { errors } : {}) } };
}

/** Whether a body asks to change anything. */
export function kindOf(body: Buffer): "query" | "mutation" {
  return /^\s*mutation\b/.test(request.parse(JSON.parse(body.toString())).query) ? "mutation" : "query";
}

function queries(hub: Hub, actor: Actor) {
  return {
    repository: ({ owner, name }: { readonly owner: string; readonly name: string }) => {
      const renamed = hub.formerNames.get(`${owner}/${name}`.toLowerCase());
      try {
        const [user = "", repo = ""] = (renamed?.fullName ?? `${owner}/${name}`).split("/");
        return repositoryNode(hub.visibleRepository(actor, user, repo), actor);
      } catch {
        const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
        throw new GraphQLError(message, { extensions: { type: "NOT_FOUND" } });
      }
    },
  };
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
