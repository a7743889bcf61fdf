import type { operations } from "@octokit/openapi-types";
import { Refusal, type Answer } from "./answer.ts";
import type { Tokens } from "./app-auth.ts";
import type { Description, Operation } from "./description.ts";
import type { Hub } from "./hub.ts";
import type { Account, Actor, Repository } from "./model.ts";
import type { Rate } from "./rate-limit.ts";

/** A request on its way to an endpoint, not yet looked at. */
interface RawCall {
  readonly hub: Hub;
  readonly tokens: Tokens;
  readonly actor: Actor;
  readonly path: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly body: unknown;
  /** The media type asked for. */
  readonly accept: string;
  readonly rate: Rate;
}

type OperationId = keyof operations;
type Path<Id extends OperationId> = operations[Id] extends { parameters: { path: infer T } } ? T : object;
type Query<Id extends OperationId> = operations[Id] extends { parameters: { query?: infer T } }
  ? NonNullable<T>
  : object;
type Body<Id extends OperationId> = operations[Id] extends {
  requestBody?: { content: { "application/json": infer T } };
}
  ? NonNullable<T>
  : undefined;

/** A request that fits GitHub's description: typed by it, checked against it. */
export interface Call<Id extends OperationId> extends Omit<RawCall, "path" | "query" | "body"> {
  readonly path: Path<Id>;
  readonly query: Query<Id>;
  readonly body: Body<Id>;
}

export interface RepositoryCall<Id extends OperationId> extends Call<Id> {
  readonly repository: Repository;
  readonly doer: Account;
}

export interface Endpoint {
  readonly id: string;
  readonly run: (description: Description, operation: Operation, call: RawCall) => Promise<Answer>;
}

/** Binds a handler to one operation of the description, which gives its route, its types and its checks. */
export function endpoint<Id extends OperationId>(
  id: Id,
  handle: (call: Call<Id>) => Answer | Promise<Answer>,
): Endpoint {
  return {
    id,
    run: async (description, operation, call) => {
      if (!fits<Id>(description, operation, call)) throw new Refusal(422, "Invalid request.");
      return handle(call);
    },
  };
}

/** An endpoint below `/repos/{owner}/{repo}`: the repository is found, or hidden, before the handler runs. */
export function repositoryEndpoint<Id extends OperationId>(
  id: Id,
  handle: (call: RepositoryCall<Id>) => Answer | Promise<Answer>,
): Endpoint {
  return endpoint(id, (call) => {
    const { owner, repo } = Object(call.path);
    const repository = call.hub.visibleRepository(call.actor, String(owner), String(repo));
    checkPermission(call.actor, repository, id);
    const doer = call.actor.kind === "anonymous" ? call.hub.account("ghost") : call.hub.doer(call.actor);
    return handle({ ...call, repository, doer });
  });
}

function fits<Id extends OperationId>(
  description: Description,
  operation: Operation,
  call: RawCall,
): call is RawCall & Call<Id> {
  const faults = [
    ...description.checkParameters(operation, "path", call.path),
    ...description.checkParameters(operation, "query", call.query),
    ...description.checkBody(operation, call.body),
  ];
  if (faults.length > 0) throw new Refusal(422, `Invalid request.\n\n${faults.join("\n")}`);
  return true;
}

/** What an App must have been granted for an operation; the first rule that fits counts. */
const NEEDED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^apps\/|^repos\/get$|collaborator/, ["metadata"]],
  [/status/, ["statuses"]],
  [/^checks\//, ["checks"]],
  // A pull request's conversation is open to Apps that may write either.
  [/^issues\/|^reactions\//, ["issues", "pull_requests"]],
  [/^pulls\/merge$/, ["contents"]],
  [/^pulls\//, ["pull_requests"]],
  [/^git\/|^repos\//, ["contents"]],
];
const READS = /\/(get|list|compare|download)/;

function checkPermission(actor: Actor, repository: Repository, id: string): void {
  const reads = READS.test(id);
  if (actor.kind === "anonymous" && !reads) throw new Refusal(401, "Requires authentication");
  if (actor.kind === "person" && !reads) {
    const permission = repository.collaborators.get(actor.account.login.toLowerCase())?.permission ?? "read";
    const talks = /^issues\/(create|create-comment)$|^reactions\/|^issues\/update/.test(id);
    if (!talks && ["read", "triage"].includes(permission)) {
      throw new Refusal(403, "Must have admin rights to Repository.");
    }
  }
  if (actor.kind === "app" && id !== "apps/get-repo-installation") {
    throw new Refusal(403, "Resource not accessible by integration");
  }
  if (actor.kind !== "installation" || id === "apps/get-repo-installation") return;
  const [, names] = NEEDED.find(([pattern]) => pattern.test(id)) ?? [undefined, []];
  const granted = names.map((name) => actor.permissions[name]);
  const enough = granted.some(
    (level) => level === "write" || level === "admin" || (reads && level === "read"),
  );
  if (!enough) throw new Refusal(403, "Resource not accessible by integration");
}
