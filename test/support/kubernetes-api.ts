import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { stringify } from "yaml";
import type { Certificates } from "./certificates.ts";

/** What the list API needs to know of an object; the rest is handed out as it is. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    /** Nodes have none. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

export interface SeenRequest {
  readonly verb: "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Such as `resize`. */
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
}

/** Answers in the server's place where it returns true. */
export type Interference = (seen: SeenRequest, response: ServerResponse) => boolean | Promise<boolean>;

/**
 * The list, watch and get verbs of the Kubernetes API over HTTPS, in the shapes of a real API server: pages with
 * `limit` and `continue`, label and field selectors (equality), namespaces, `Status` objects, bearer tokens and client
 * certificates.
 */
export class KubernetesApiServer implements AsyncDisposable {
  /** By `group/version/resource`, of the core group `/version/resource`; what is no key is not served. */
  readonly objects = new Map<string, KubernetesObject[]>(
    ["deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"]
      .map((resource) => `apps/v1/${resource}`)
      .concat("batch/v1/jobs", "batch/v1/cronjobs", "autoscaling/v2/horizontalpodautoscalers")
      .concat("/v1/nodes", "/v1/limitranges", "/v1/resourcequotas", "/v1/pods", "/v1/events")
      .concat("policy/v1/poddisruptionbudgets")
      .map((resource) => [resource, []]),
  );
  readonly token = "a-token-that-must-not-be-seen";
  readonly requests: SeenRequest[] = [];
  /** The most requests that were open at once. */
  busiest = 0;
  /** Connections: how many there were, and how many are open. */
  readonly connections = { made: 0, open: 0 };
  /** What stands at paths that are no objects', such as `/version`. */
  readonly documents = new Map<string, object>();
  /** Answers what is no get and no list; without it, nothing can be written. */
  write: (seen: SeenRequest, body: string, response: ServerResponse) => void = (_, __, response) =>
    sendStatus(response, 405, "MethodNotAllowed", "this server only reads");
  allows: (seen: SeenRequest) => boolean = () => true;
  interfere: Interference = () => false;
  readonly #certificates: Certificates;
  readonly #server: Server;
  readonly #directory: string;
  readonly #watches = new Set<{ readonly key: string; readonly response: ServerResponse }>();
  #open = 0;
  #kubeconfigs = 0;

  private constructor(certificates: Certificates, directory: string) {
    this.#certificates = certificates;
    this.#directory = directory;
    const trust = { ca: certificates.ca, requestCert: true, rejectUnauthorized: false };
    this.#server = createServer({ ...certificates.server, ...trust }, (request, response) => {
      this.busiest = Math.max(this.busiest, ++this.#open);
      response.once("close", () => this.#open--);
      void this.#answer(request, response);
    });
    this.#server.on("secureConnection", (socket) => {
      this.connections.made++;
      this.connections.open++;
      socket.once("close", () => this.connections.open--);
    });
  }

  static async start(certificates: Certificates): Promise<KubernetesApiServer> {
    const directory = await mkdtemp(join(tmpdir(), "loadline-kubernetes-"));
    const api = new KubernetesApiServer(certificates, directory);
    await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return address.port;
  }

  /** Objects of a resource that is then served. */
  add(resource: string, ...objects: readonly KubernetesObject[]): void {
    this.objects.set(resource, [...(this.objects.get(resource) ?? []), ...objects]);
  }

  /** Writes a kubeconfig with the context `test` and returns its path; without `user`, it holds the token. */
  async kubeconfig(change: { user?: object; cluster?: object } = {}): Promise<string> {
    const file = join(this.#directory, `kubeconfig-${++this.#kubeconfigs}.yaml`);
    const cluster = {
      server: `https://127.0.0.1:${this.port}`,
      "certificate-authority-data": Buffer.from(this.#certificates.ca).toString("base64"),
      ...change.cluster,
    };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      contexts: [{ name: "test", context: { cluster: "test", user: "tester" } }],
      clusters: [{ name: "test", cluster }],
      users: [{ name: "tester", user: change.user ?? { token: this.token } }],
    };
    await writeFile(file, stringify(config));
    return file;
  }

  /** Writes a file beside the kubeconfigs and returns its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.#directory, name);
    await writeFile(path, text, { mode: 0o700 });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#knows(request)) return sendStatus(response, 401, "Unauthorized", "Unauthorized");
    const document = this.documents.get(request.url ?? "");
    if (document) return send(response, 200, document);
    const served = this.#resourcesAt(request.url ?? "");
    if (served.length > 0) return send(response, 200, resourceList(served));
    const seen = parseRequest(request.method ?? "GET", request.url ?? "");
    if (seen === undefined) return sendNotServed(response);
    this.requests.push(seen);
    if (await this.interfere(seen, response)) return;
    const { group, version, resource, namespace, name } = seen;
    if (!this.allows(seen)) return sendForbidden(seen, response);
    if (seen.verb === "watch") return this.#watch(seen, response);
    if (seen.verb !== "get" && seen.verb !== "list") return this.write(seen, await textOf(request), response);
    const objects = this.objects.get(`${group}/${version}/${resource}`);
    if (objects === undefined) return sendNotServed(response);
    const inScope = objects.filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
    );
    if (name === undefined) return sendPage(seen, inScope, response);
    const object = inScope.find(({ metadata }) => metadata.name === name);
    if (object) return send(response, 200, object);
    sendStatus(response, 404, "NotFound", `${resource}.${group} "${name}" not found`);
  }

  /** Goes on until {@link endWatches}, and tells of what {@link tell} hands it; versions are none of its business. */
  #watch({ group, version, resource }: SeenRequest, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    this.#watches.add({ key: `${group}/${version}/${resource}`, response });
  }

  /** How many watch a resource now. */
  watchersOf(resource: string): number {
    return [...this.#watches].filter(({ key }) => key === resource).length;
  }

  /** Sends an event to all who watch a resource. */
  tell(resource: string, type: string, object: object): void {
    for (const { key, response } of this.#watches)
      if (key === resource) response.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** As a server that is restarted does. */
  endWatches(): void {
    for (const { response } of this.#watches) response.destroy();
    this.#watches.clear();
  }

  /** The resources of a group and version, where the path is theirs: what everybody may know. */
  #resourcesAt(path: string): string[] {
    const [, group = "", version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? [];
    const prefix = `${group}/${version}/`;
    return [...this.objects.keys()].flatMap((key) =>
      key.startsWith(prefix) ? [key.slice(prefix.length)] : [],
    );
  }

  #knows(request: IncomingMessage): boolean {
    const { socket } = request;
    return (
      request.headers.authorization === `Bearer ${this.token}` ||
      (socket instanceof TLSSocket && socket.authorized)
    );
  }
}

export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  send(response, code, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
  });
}

export function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function resourceList(names: readonly string[]): object {
  return { kind: "APIResourceList", resources: names.map((name) => ({ name, namespaced: true })) };
}

function sendNotServed(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("404 page not found\n");
}

function sendForbidden(seen: SeenRequest, response: ServerResponse): void {
  const where =
    seen.namespace === undefined ? "at the cluster scope" : `in the namespace "${seen.namespace}"`;
  const what = `cannot ${seen.verb} resource "${seen.resource}" in API group "${seen.group}" ${where}`;
  sendStatus(
    response,
    403,
    "Forbidden",
    `${seen.resource}.${seen.group} is forbidden: User "tester" ${what}`,
  );
}

/** Whether an object carries what the label selector and the field selector (equality both) ask for. */
function isSelected({ query }: SeenRequest, object: KubernetesObject): boolean {
  const terms = (name: string): [key: string, value: string][] =>
    (query.get(name) ?? "")
      .split(",")
      .filter((term) => term !== "")
      .map((term) => [term.slice(0, term.indexOf("=")), term.slice(term.indexOf("=") + 1)]);
  const field = (path: string): unknown =>
    path
      .split(".")
      .reduce<unknown>(
        (at, step) => (typeof at === "object" && at ? Reflect.get(at, step) : undefined),
        object,
      );
  return (
    terms("labelSelector").every(([key, value]) => object.metadata.labels?.[key] === value) &&
    terms("fieldSelector").every(([path, value]) => field(path) === value)
  );
}

function sendPage(seen: SeenRequest, objects: readonly KubernetesObject[], response: ServerResponse): void {
  const chosen = objects.filter((object) => isSelected(seen, object));
  const limit = Number(seen.query.get("limit") ?? Number.POSITIVE_INFINITY);
  const offset = Number(Buffer.from(seen.query.get("continue") ?? "", "base64url").toString() || 0);
  const items = chosen.slice(offset, offset + limit);
  const remainingItemCount = chosen.length - offset - items.length;
  const more =
    remainingItemCount > 0
      ? { continue: Buffer.from(String(offset + items.length)).toString("base64url"), remainingItemCount }
      : {};
  send(response, 200, {
    kind: "List",
    apiVersion: seen.group === "" ? seen.version : `${seen.group}/${seen.version}`,
    metadata: { resourceVersion: "4711", ...more },
    // As Go writes a slice that was never filled.
    items: items.length === 0 ? null : items,
  });
}

const VERBS = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const;

function parseRequest(method: string, url: string): SeenRequest | undefined {
  const { pathname, searchParams: query } = new URL(url, "https://kubernetes");
  const match =
    /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/(resize|status))?$/.exec(
      pathname,
    );
  if (match === null) return undefined;
  const [, group = "", version = "", namespace, resource = "", name, subresource] = match;
  const listing = query.get("watch") === "true" ? "watch" : "list";
  const reading = name === undefined ? listing : "get";
  const [, verb = reading] = Object.entries(VERBS).find(([known]) => known === method) ?? [];
  return { verb, group, version, resource, namespace, name, subresource, query };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
