import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import pLimit from "p-limit";
import pRetry from "p-retry";
import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { type ApiCost, type ConnectionLimits, KubernetesConnection } from "./kubernetes-connection.ts";
import { type Answer, Expired, TransientFault, judge, parsedLines } from "./kubernetes-reply.ts";

/** Where a resource is served: `/apis/{group}/{version}/…/{plural}`, of the core group `/api/{version}/…`. */
export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface ApiLimits extends ConnectionLimits {
  /** Objects a page. */
  readonly pageSize: number;
  /** Of one list; more are not honest. */
  readonly pages: number;
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

export interface ListQuery {
  /** All namespaces where it is missing. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** The objects of a resource at one moment. */
export interface WholeList<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

/** A watch that has not ended so long after its time hangs on a connection that is none any more. */
const LATE_SECONDS = 30;

/** How often a list is begun again when its pages expired. */
const MOST_STARTS = 3;

const ListPage = z.object({
  metadata: z
    .object({ continue: z.string().catch(""), resourceVersion: z.string().catch("") })
    .catch({ continue: "", resourceVersion: "" }),
  items: z.array(z.unknown()).nullable(),
});

const ResourceList = z.object({ resources: z.array(z.object({ name: z.string() })) });

/**
 * Reads lists and objects of one cluster, and never writes. Rejects with `InputError` where address, trust or
 * credentials are wrong, with `Error` where the server stays at fault.
 */
export class KubernetesApi implements AsyncDisposable {
  readonly server: string;
  readonly #connection: KubernetesConnection;
  readonly #limits: ApiLimits;
  readonly #lists: ReturnType<typeof pLimit>;

  constructor(connection: KubernetesConnection, limits: ApiLimits) {
    this.server = connection.server;
    this.#connection = connection;
    this.#limits = limits;
    this.#lists = pLimit(limits.listsInFlight);
  }

  /** See {@link KubernetesConnection.open}. */
  static async connect(config: KubeConfig, limits: ApiLimits, cost: ApiCost): Promise<KubernetesApi> {
    return new KubernetesApi(await KubernetesConnection.open(config, limits, cost), limits);
  }

  /** Every object of a resource, each turned by `take` as its page arrives; `undefined` leaves one out. */
  async list<T>(
    resource: ApiResource,
    query: ListQuery,
    take: (item: unknown) => T | undefined,
  ): Promise<Answer<T[]>> {
    const answer = await this.listWhole(resource, query, take);
    return answer.status === "found" ? { status: "found", value: answer.value.items } : answer;
  }

  /** The same, with the version of the list: from where it can be watched on. */
  listWhole<T>(
    resource: ApiResource,
    query: ListQuery,
    take: (item: unknown) => T | undefined,
  ): Promise<Answer<WholeList<T>>> {
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

  /**
   * What happens to a list from a version of it on, one `WatchEvent` after the other, for `seconds` at the most.
   * Rejects with {@link Expired} where the server no longer knows that version; as {@link KubernetesConnection.stream}.
   */
  async watch(
    resource: ApiResource,
    { namespace, ...selectors }: ListQuery,
    resourceVersion: string,
    { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
  ): Promise<Answer<AsyncIterable<unknown>>> {
    const url = this.#connection.address(resourcePath(resource, namespace), {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds: String(seconds),
      ...selected(selectors),
    });
    const answer = await this.#connection.stream(url, (seconds + LATE_SECONDS) * 1000, signal);
    if ("lines" in answer) return { status: "found", value: parsedLines(answer.lines, url) };
    const judged = judge(answer, url, this.#limits.longestWaitMs);
    if (judged.status === "found") throw new Error("an answer of 200 has lines");
    return judged;
  }

  get(resource: ApiResource, namespace: string, name: string): Promise<Answer<unknown>> {
    return this.#lists(() =>
      this.#ask(`${resourcePath(resource, namespace)}/${encodeURIComponent(name)}`, {}),
    );
  }

  /** What stands at a path that is no object's, such as `/version`. */
  at(path: string): Promise<Answer<unknown>> {
    return this.#lists(() => this.#ask(path, {}));
  }

  /**
   * Whether the server has the resource at all, which it tells everybody: a list that is forbidden may be one of
   * a resource that is not there. Where that can't be known, it is taken for served.
   */
  async serves({ group, version, plural }: ApiResource): Promise<boolean> {
    const answer = await this.at(group === "" ? `/api/${version}` : `/apis/${group}/${version}`);
    if (answer.status === "absent") return false;
    const { data } = ResourceList.safeParse(answer.status === "found" ? answer.value : undefined);
    return data?.resources.some(({ name }) => name === plural) ?? true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  async #listOnce<T>(
    resource: ApiResource,
    { namespace, ...selectors }: ListQuery,
    take: (item: unknown) => T | undefined,
  ): Promise<Answer<WholeList<T>>> {
    const items: T[] = [];
    const query = { limit: String(this.#limits.pageSize), ...selected(selectors) };
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
        if (taken !== undefined) items.push(taken);
      }
      const { continue: next, resourceVersion } = page.data.metadata;
      if (next === "") return { status: "found", value: { items, resourceVersion } };
      Object.assign(query, { continue: next });
    }
    throw new Error(`The list of ${resource.plural} does not end after ${this.#limits.pages} pages`);
  }

  #ask(path: string, query: Readonly<Record<string, string>>): Promise<Answer<unknown>> {
    const url = this.#connection.address(path, query);
    const { closed } = this.#connection;
    return pRetry(async () => judge(await this.#connection.send(url), url, this.#limits.longestWaitMs), {
      retries: this.#limits.tries - 1,
      minTimeout: this.#limits.backoffMs,
      maxTimeout: this.#limits.longestWaitMs,
      randomize: true,
      signal: closed,
      shouldRetry: async ({ error }) => {
        if (!(error instanceof TransientFault)) return false;
        await delay(error.retryAfterMs, undefined, { signal: closed });
        return true;
      },
    });
  }
}

function selected({ labelSelector, fieldSelector }: ListQuery): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

/** Of its list; an object lies one step below. */
export function resourcePath({ group, version, plural }: ApiResource, namespace: string | undefined): string {
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/${group === "" ? "api" : `apis/${group}`}/${version}${scope}/${plural}`;
}
