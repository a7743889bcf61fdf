import { Agent, request } from "undici";

/** An object of the cluster, as JSON. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

/** The API server said no. */
class Refused extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, text: string) {
    super(`${method} ${path} answered ${status}: ${text.slice(0, 1000)}`);
    this.status = status;
  }
}

/**
 * Requests to an API server as one user. Paths are the API's own, such as
 * `/apis/apps/v1/namespaces/shop/deployments/api`; what is no success rejects with `Refused`. The caller names the
 * shape of what comes back.
 */
export class ApiClient implements AsyncDisposable {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(server: { readonly url: string; readonly ca: string }, token: string) {
    this.#url = server.url;
    this.#token = token;
    this.#agent = new Agent({ connect: { ca: server.ca }, connections: 16 });
  }

  get<T = ClusterObject>(path: string): Promise<T> {
    return this.#send<T>("GET", path);
  }

  /** The items of a list that fits in one page. */
  async list<T = ClusterObject>(path: string): Promise<readonly T[]> {
    return (await this.#send<{ items: readonly T[] }>("GET", path)).items;
  }

  create<T = ClusterObject>(path: string, body: object): Promise<T> {
    return this.#send<T>("POST", path, body);
  }

  /** By a JSON merge patch, as `manager` where the owner of the fields matters. */
  patch<T = ClusterObject>(path: string, body: object, manager = "test"): Promise<T> {
    const query = new URLSearchParams({ fieldManager: manager });
    return this.#send<T>("PATCH", `${path}?${query.toString()}`, body, "application/merge-patch+json");
  }

  async remove(path: string): Promise<void> {
    await this.#send("DELETE", path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #send<T>(method: string, path: string, body?: object, type = "application/json"): Promise<T> {
    const answer = await request(this.#url + path, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": type },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Refused(method, path, answer.statusCode, text);
    return JSON.parse(text);
  }
}
