import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal, type Answer } from "./answer.ts";
import type { Tokens } from "./app-auth.ts";
import type { Description, Operation } from "./description.ts";
import type { Faults, IncomingRequest, LoggedRequest } from "./faults.ts";
import { answerGraphql, kindOf } from "./graphql.ts";
import type { Hub } from "./hub.ts";
import type { Actor } from "./model.ts";
import { rateHeaders, type RateLimits } from "./rate-limit.ts";
import type { Routes } from "./routes.ts";
import { isGitRequest, serveGit } from "./smart-http.ts";

/** Everything that the listener works with. */
export interface Parts {
  readonly hub: Hub;
  readonly tokens: Tokens;
  readonly description: Description;
  readonly routes: Routes;
  readonly rates: RateLimits;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** What the fake itself got wrong. */
  readonly violations: string[];
}

const PREFIX = "/api/v3";
const GRAPHQL = "/api/graphql";
const REPOSITORY = /^\/repos\/([^/]+\/[^/]+)(.*)$/;
const BY_NUMBER = /^\/repositories\/(\d+)(.*)$/;
const MAX_BODY = 32 * 1024 * 1024;

export async function listen(parts: Parts): Promise<Server> {
  const server = createServer((request, response) => {
    serve(parts, request, response).catch((error: unknown) => {
      parts.violations.push(`${request.method} ${request.url}: ${describe(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://github");
  const path = byName(
    parts.hub,
    url.pathname.startsWith(`${PREFIX}/`) ? url.pathname.slice(PREFIX.length) : url.pathname,
  );
  const method = request.method ?? "GET";
  const asked = method === "POST" && path === GRAPHQL ? await readBody(request) : undefined;
  const incoming = { method, path, query: url.search, ...(asked ? { graphql: kindOf(asked) } : {}) };
  const note = (actor: string, status: number) => void parts.requests.push({ ...incoming, actor, status });

  const fault = parts.faults.take(incoming);
  if (fault?.delayMs) await sleep(fault.delayMs);
  if (fault?.drop === "before") {
    note("anonymous", 0);
    response.destroy();
    return;
  }
  if (fault?.status !== undefined) {
    note("anonymous", fault.status);
    request.resume();
    const body =
      typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body ?? { message: "Server Error" });
    response
      .writeHead(fault.status, { "content-type": "application/json; charset=utf-8", ...fault.headers })
      .end(body);
    return;
  }
  if (isGitRequest(url)) {
    await serveGit(parts, request, response, url, note);
    return;
  }
  const moved = movedTo(parts.hub, incoming);
  if (moved !== undefined) {
    const status = incoming.method === "GET" ? 301 : 307;
    note("anonymous", status);
    request.resume();
    send(response, {
      status,
      body: { message: "Moved Permanently", url: moved },
      headers: { location: moved },
    });
    return;
  }
  const { answer, actor } = await answerTo(parts, request, incoming, url, asked);
  note(nameOf(parts.hub, actor), fault?.drop ? 0 : answer.status);
  if (fault?.drop) response.destroy();
  else send(response, answer);
}

/** GitHub leads on to where a repository that was renamed is found by its number. */
function movedTo(hub: Hub, { path, query }: IncomingRequest): string | undefined {
  const [, name = "", rest = ""] = REPOSITORY.exec(path) ?? [];
  const now = hub.formerNames.get(name.toLowerCase());
  return now && `${hub.api}/repositories/${now.id}${rest}${query}`;
}

function byName(hub: Hub, path: string): string {
  const [, id, rest] = BY_NUMBER.exec(path) ?? [];
  const found =
    id === undefined ? undefined : [...hub.repositories.values()].find((one) => one.id === Number(id));
  return found ? `/repos/${found.fullName}${rest}` : path;
}

/** The whole way of a request of the REST interface: who, how often, where, whether it fits, and what comes back. */
async function answerTo(
  parts: Parts,
  request: IncomingMessage,
  incoming: IncomingRequest,
  url: URL,
  asked?: Buffer,
): Promise<{ answer: Answer; actor: Actor }> {
  const { hub, rates, tokens } = parts;
  let actor: Actor = { kind: "anonymous" };
  let operation: Operation | undefined;
  let answer: Answer;
  try {
    const body = parseBody(asked ?? (await readBody(request)));
    actor = tokens.actor(request.headers.authorization);
    const free = incoming.path === "/rate_limit";
    if (!free && rates.isExhausted(actor, hub.now())) {
      throw new Refusal(403, `API rate limit exceeded for ${nameOf(hub, actor)}.`);
    }
    if (asked) {
      const headers = rateHeaders(rates.spend(actor, 1, hub.now()));
      return { actor, answer: { ...(await answerGraphql(hub, actor, body)), headers } };
    }
    const route = parts.routes.find(incoming.method, incoming.path);
    if (!route) throw new Refusal(501, `The local GitHub has no ${incoming.method} ${incoming.path}`);
    operation = route.operation;
    const query: Record<string, unknown> = Object.fromEntries(url.searchParams);
    const accept = request.headers.accept ?? "";
    const rate = rates.spend(actor, 0, hub.now());
    const call = { hub, tokens, actor, path: route.path, query, body, accept, rate };
    answer = await paged(await route.endpoint.run(parts.description, operation, call), hub, url, query);
    hold(parts, operation, answer);
  } catch (error) {
    answer = refusal(parts, incoming, operation, error);
  }
  const etag = etagOf(incoming.method, answer);
  const unchanged = etag !== undefined && request.headers["if-none-match"] === etag;
  // GitHub does not count an answer that had nothing new.
  const cost = unchanged || incoming.path === "/rate_limit" ? 0 : 1;
  const headers = {
    ...answer.headers,
    ...rateHeaders(rates.spend(actor, cost, hub.now())),
    ...(etag === undefined ? {} : { etag }),
    "x-github-request-id": createHash("sha1")
      .update(String(parts.requests.length))
      .digest("hex")
      .slice(0, 16),
    "x-github-media-type": "github.v3; format=json",
  };
  return { actor, answer: unchanged ? { status: 304, headers } : { ...answer, headers } };
}

/** Holds an answer against GitHub's description: one that GitHub could not give is the fake's own fault. */
function hold(parts: Parts, operation: Operation, answer: Answer): void {
  if (answer.raw) return;
  const faults = parts.description.checkAnswer(operation, answer.status, answer.body);
  if (faults.length > 0) throw new Error(`not as GitHub answers:\n${faults.slice(0, 12).join("\n")}`);
}

function refusal(
  parts: Parts,
  { method, path }: IncomingRequest,
  operation: Operation | undefined,
  error: unknown,
): Answer {
  const documentation_url = operation?.documentation ?? "https://docs.github.com/rest";
  if (error instanceof Refusal) {
    const { status, message, errors } = error;
    const details = errors.length > 0 ? { errors } : {};
    return { status, body: { message, ...details, documentation_url, status: String(status) } };
  }
  parts.violations.push(`${method} ${path}: ${describe(error)}`);
  return { status: 500, body: { message: describe(error), documentation_url, status: "500" } };
}

/** Cuts a list into the page asked for, with the links to the others. */
async function paged(answer: Answer, hub: Hub, url: URL, query: Record<string, unknown>): Promise<Answer> {
  const { pages, ...rest } = answer;
  if (!pages) return answer;
  const size = Math.min(100, Math.max(1, Number(query["per_page"] ?? 30)));
  const number = Math.max(1, Number(query["page"] ?? 1));
  const last = Math.max(1, Math.ceil(pages.total / size));
  const body = await pages.cut((number - 1) * size, number * size);
  const link = (page: number, rel: string) => {
    const target = new URL(url.pathname + url.search, hub.url);
    target.searchParams.set("page", String(page));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, "prev")] : []),
    ...(number < last ? [link(number + 1, "next"), link(last, "last")] : []),
    ...(number > 1 ? [link(1, "first")] : []),
  ];
  return {
    ...rest,
    body,
    headers: { ...rest.headers, ...(links.length > 0 ? { link: links.join(", ") } : {}) },
  };
}

function etagOf(method: string, { status, body, raw }: Answer): string | undefined {
  if (method !== "GET" || status !== 200) return undefined;
  return `W/"${createHash("sha256")
    .update(raw ?? JSON.stringify(body))
    .digest("hex")}"`;
}

function send(response: ServerResponse, { status, body, raw, headers }: Answer): void {
  const content = raw ?? (body === undefined ? "" : JSON.stringify(body));
  response.writeHead(status, {
    ...(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...headers,
  });
  response.end(content);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    size += part.length;
    if (size > MAX_BODY) throw new Refusal(413, "Payload too large");
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function parseBody(content: Buffer): unknown {
  if (content.length === 0) return undefined;
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}

const nameOf = (hub: Hub, actor: Actor): string =>
  actor.kind === "person"
    ? actor.account.login
    : actor.kind === "installation"
      ? hub.app.botLogin
      : actor.kind;

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
