import { setTimeout as delay } from "node:timers/promises";
import { HttpMethod, type KubeConfig, RequestContext } from "@kubernetes/client-node";
import pLimit from "p-limit";
import pRetry from "p-retry";
import { type Dispatcher, getGlobalDispatcher, request } from "undici";
import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { type Answer, Expired, type Reply, TransientFault, judge, networkFault } from "./kubernetes-reply.ts";

/** Where a resource is served: `/apis/{group}/{version}/…/{plural}`, of the core group `/api/{version}/…`. */
export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface ApiLimits {
  /** Objects a page. */
  readonly pageSize: number;
  /** Of one list; more are not honest. */
  readonly pages: number;
  /** For one request, its whole answer included. */
  readonly requestMs: number;
  readonly answerBytes: number;
  /** Of one request, before a fault is final. */
  readonly tries: number;
  /** The first wait between tries; it doubles. */
  readonly backoffMs: number;
  /** The longest wait, whatever the server asks for. */
  readonly longestWaitMs: number;
  readonly listsInFlight: number;
}

export const API_LIMITS: ApiLimits = {
  pageSize: 500,
  pages: 2000,
  requestMs: 30_000,
  answerBytes: 64 * 1024 * 1024,
  tries: 5,
  backoffMs: 500,
  longestWaitMs: 30_000,
  listsInFlight: 4,
};

/** What asking cost, for the report. */
export interface ApiCost {
  requests: number;
  bytes: number;
}

export interface ListQuery {
  /** All namespaces where it is missing. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** How often a list is begun again when its pages expired. */
const MOST_STARTS = 3;

/** Credential plugins may ask a person, but not forever. */
const CREDENTIALS_MS = 60_000;

const ListPage = z.object({
  metadata: z.object({ continue: z.string().catch("") }).catch({ continue: "" }),
  items: z.array(z.unknown()).nullable(),
});

/**
 * Reads lists and objects of one cluster. Certificates, tokens, plugins and proxies are the client library's
 * part; the requests are our own, because the library opens a connection for each of them, reads answers
 * of any size, and puts whole answers into its errors.
 *
 * Rejects with `InputError` where address, trust or credentials are wrong, with `Error` where the server
 * stays at fault.
 */
export class KubernetesApi implements AsyncDisposable {
  /** The server's address, without what a person may have hidden in it. */
  readonly server: string;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #dispatcher: Dispatcher | undefined;
  readonly #limits: ApiLimits;
  readonly #cost: ApiCost;
  readonly #stop = new AbortController();
  readonly #lists: ReturnType<typeof pLimit>;

  private constructor(server: string, signed: RequestContext, limits: ApiLimits, cost: ApiCost) {
    this.server = new URL(server).origin;
    this.#base = server;
    this.#headers = { ...signed.getHeaders(), accept: "application/json", "user-agent": "loadline" };
    this.#dispatcher = signed.getDispatcher();
    this.#limits = limits;
    this.#cost = cost;
    this.#lists = pLimit(limits.listsInFlight);
  }

  /** `cost` is counted up. The configuration is a checked one, see `loadKubeconfig`. */
  static async connect(config: KubeConfig, limits: ApiLimits, cost: ApiCost): Promise<KubernetesApi> {
    const server = (config.getCurrentCluster()?.server ?? "").replace(/\/$/, "");
    const signed = new RequestContext(`${server}/`, HttpMethod.GET);
    try {
      const tooLate = delay(CREDENTIALS_MS, undefined, { ref: false }).then(() =>
        Promise.reject(new Error("timeout")),
      );
      await Promise.race([config.applySecurityAuthentication(signed), tooLate]);
    } catch (error) {
      throw new InputError(credentialsFault(config, error));
    }
    return new KubernetesApi(server, signed, limits, cost);
  }

  /** Every object of a resource, each turned by `take` as its page arrives; `undefined` leaves one out. */
  list<T>(
    resource: ApiResource,
    query: ListQuery,
    take: (item: unknown) => T | undefined,
  ): Promise<Answer<T[]>> {
    return this.#lists(async () => {
      for (let start = 1; start <= MOST_STARTS; start++)
        try {
          return await this.#listOnce(resource, query, take);
        } catch (error) {
          if (!(error instanceof Expired)) throw error;
        }
      throw new Error(`The list of ${resource.plural} expired ${MOST_STARTS} times before it was read`);
    });
  }

  get(resource: ApiResource, namespace: string, name: string): Promise<Answer<unknown>> {
    return this.#lists(() =>
      this.#ask(`${resourcePath(resource, namespace)}/${encodeURIComponent(name)}`, {}),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#dispatcher?.destroy();
  }

  async #listOnce<T>(
    resource: ApiResource,
    { namespace, labelSelector }: ListQuery,
    take: (item: unknown) => T | undefined,
  ): Promise<Answer<T[]>> {
    const value: T[] = [];
    const query: Record<string, string> = { limit: String(this.#limits.pageSize) };
    if (labelSelector !== undefined) query["labelSelector"] = labelSelector;
    for (let pages = 0; pages < this.#limits.pages; pages++) {
      const answer = await this.#ask(resourcePath(resource, namespace), query);
      if (answer.status !== "found") return answer;
      const page = ListPage.safeParse(answer.value);
      if (!page.success)
        throw new InputError(
          `${this.server} answered the list of ${resource.plural} with no Kubernetes list`,
        );
      for (const item of page.data.items ?? []) {
        const taken = take(item);
        if (taken !== undefined) value.push(taken);
      }
      if (page.data.metadata.continue === "") return { status: "found", value };
      query["continue"] = page.data.metadata.continue;
    }
    throw new Error(`The list of ${resource.plural} does not end after ${this.#limits.pages} pages`);
  }

  #ask(path: string, query: Readonly<Record<string, string>>): Promise<Answer<unknown>> {
    const url = new URL(this.#base + path);
    url.search = new URLSearchParams(query).toString();
    return pRetry(async () => judge(await this.#send(url), url, this.#limits.longestWaitMs), {
      retries: this.#limits.tries - 1,
      minTimeout: this.#limits.backoffMs,
      maxTimeout: this.#limits.longestWaitMs,
      randomize: true,
      signal: this.#stop.signal,
      shouldRetry: async ({ error }) => {
        if (!(error instanceof TransientFault)) return false;
        await delay(error.retryAfterMs, undefined, { signal: this.#stop.signal });
        return true;
      },
    });
  }

  async #send(url: URL): Promise<Reply> {
    this.#cost.requests++;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#limits.requestMs)]);
    try {
      const answer = await request(url, {
        dispatcher: this.#dispatcher ?? getGlobalDispatcher(),
        headers: this.#headers,
        signal,
      });
      const { statusCode: status, headers } = answer;
      return { status, retryAfter: headers["retry-after"], text: await this.#text(answer.body) };
    } catch (error) {
      throw networkFault(error, url);
    }
  }

  async #text(body: AsyncIterable<Buffer>): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.byteLength;
      this.#cost.bytes += chunk.byteLength;
      if (size > this.#limits.answerBytes)
        throw new RangeError(`an answer is larger than ${this.#limits.answerBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }
}

function resourcePath({ group, version, plural }: ApiResource, namespace: string | undefined): string {
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/${group === "" ? "api" : `apis/${group}`}/${version}${scope}/${plural}`;
}

/** Files that are missing are named; what a plugin printed is not repeated, it may hold a token. */
function credentialsFault(config: KubeConfig, error: unknown): string {
  const who = `The credentials of user "${config.getCurrentUser()?.name}" (context "${config.currentContext}")`;
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
  if (missing) return `${who} cannot be had: ${error.message}`;
  return `${who} cannot be had: a credential plugin, provider or certificate fails. Try: kubectl --context ${config.currentContext} get deployments`;
}
