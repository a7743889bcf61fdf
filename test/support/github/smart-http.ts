import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { execa } from "execa";
import { Refusal } from "./answer.ts";
import { gitEnvironment } from "./git.ts";
import type { Hub } from "./hub.ts";
import type { Actor, Repository } from "./model.ts";
import { refMoved } from "./pushes.ts";
import type { Parts } from "./server.ts";

const GIT_PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export const isGitRequest = (url: URL): boolean => GIT_PATH.test(url.pathname);

/** Clone, fetch and push over git's smart HTTP, by real git. A push has the same consequences as any other. */
export async function serveGit(
  { hub, tokens }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  note: (actor: string, status: number) => void,
): Promise<void> {
  const [, owner = "", name = "", action = ""] = GIT_PATH.exec(url.pathname) ?? [];
  const service = action === "info/refs" ? url.searchParams.get("service") : action;
  if (service !== "git-upload-pack" && service !== "git-receive-pack") {
    response.writeHead(403).end("dumb HTTP is not spoken here");
    return;
  }
  const writes = service === "git-receive-pack";
  try {
    const actor = tokens.actor(request.headers.authorization);
    // git asks again with its credentials only after a 401, so nobody unknown gets a 404.
    if (actor.kind === "anonymous" && (writes || isHidden(hub, owner, name)))
      throw new Refusal(401, "Requires authentication");
    const repository = hub.visibleRepository(actor, owner, name);
    if (writes && !mayPush(actor, repository)) throw new Refusal(403, "Permission to push denied.");
    note(actor.kind === "anonymous" ? "anonymous" : hub.doer(actor).login, 200);
    const headers = {
      "cache-control": "no-cache",
      "content-type": `application/x-${service}-${action === "info/refs" ? "advertisement" : "result"}`,
    };
    if (action === "info/refs") {
      response.writeHead(200, headers);
      const banner = `# service=${service}\n`;
      response.write(`${(banner.length + 4).toString(16).padStart(4, "0")}${banner}0000`);
      await speak(repository, service, ["--advertise-refs"], request, response);
    } else if (writes) {
      await push(hub, repository, actor, request, response.writeHead(200, headers));
    } else {
      await speak(repository, service, [], request, response.writeHead(200, headers));
    }
  } catch (error) {
    if (!(error instanceof Refusal) || response.headersSent) throw error;
    note("anonymous", error.status);
    request.resume();
    const challenge = error.status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {};
    response.writeHead(error.status, { "content-type": "text/plain", ...challenge }).end(error.message);
  }
}

async function push(
  hub: Hub,
  repository: Repository,
  actor: Actor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const before = await repository.git.refs();
  await speak(repository, "git-receive-pack", [], request, response, async () => {
    repository.git.forgetRefs();
    const after = await repository.git.refs();
    for (const ref of new Set([...before.keys(), ...after.keys()])) {
      const move = { ref, before: before.get(ref) ?? null, after: after.get(ref) ?? null };
      if (move.before !== move.after && !ref.startsWith("refs/pull/")) {
        await refMoved(hub, repository, move, hub.doer(actor));
      }
    }
  });
}

/** Lets git's own server program talk with the client; `before` the answer ends, `finish` runs. */
async function speak(
  { git }: Repository,
  service: string,
  options: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
  finish?: () => Promise<void>,
): Promise<void> {
  const protocol = request.headers["git-protocol"];
  const child = execa("git", [service.slice("git-".length), "--stateless-rpc", ...options, git.path], {
    env: { ...gitEnvironment, ...(typeof protocol === "string" ? { GIT_PROTOCOL: protocol } : {}) },
    encoding: "buffer",
    buffer: false,
    reject: false,
  });
  const input =
    request.headers["content-encoding"] === "gzip"
      ? pipeline(request, createGunzip(), child.stdin)
      : pipeline(request, child.stdin);
  // A client may hang up, and git may stop reading early: both show in what the client gets.
  input.catch(() => undefined);
  await pipeline(child.stdout, response, { end: false }).catch((error: unknown) => {
    if (!response.destroyed) throw error;
  });
  await child;
  await finish?.();
  response.end();
}

function isHidden(hub: Hub, owner: string, name: string): boolean {
  return hub.repositories.get(`${owner}/${name}`.toLowerCase())?.private ?? true;
}

function mayPush(actor: Actor, repository: Repository): boolean {
  if (actor.kind === "installation") return actor.permissions["contents"] === "write";
  const login = actor.kind === "person" ? actor.account.login.toLowerCase() : "";
  const permission = repository.collaborators.get(login)?.permission;
  return permission === "write" || permission === "maintain" || permission === "admin";
}
