import { setTimeout as delay } from "node:timers/promises";
import { HttpMethod, type KubeConfig, RequestContext } from "@kubernetes/client-node";
import { type Dispatcher, getGlobalDispatcher, request } from "undici";
import { InputError } from "../domain/input-error.ts";
import { type Reply, networkFault } from "./kubernetes-reply.ts";

/** What asking cost, for the report. */
export interface ApiCost {
  requests: number;
  bytes: number;
}

export interface ConnectionLimits {
  /** For one request, its whole answer included. */
  readonly requestMs: number;
  readonly answerBytes: number;
}

/** What a request says besides its address; without it, it is a GET. */
export interface Sent {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly contentType: string;
  readonly body: string;
}

/** Credential plugins may ask a person, but not forever. */
const CREDENTIALS_MS = 60_000;

/**
 * Requests to one API server, each sent once. Certificates, tokens, plugins and proxies are the client library's
 * part; the requests are our own, because the library opens a connection for each of them, reads answers
 * of any size, and puts whole answers into its errors.
 */
export class KubernetesConnection implements AsyncDisposable {
  /** The server's address, without what a person may have hidden in it. */
  readonly server: string;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #dispatcher: Dispatcher | undefined;
  readonly #limits: ConnectionLimits;
  readonly #cost: ApiCost;
  readonly #stop = new AbortController();

  private constructor(server: string, signed: RequestContext, limits: ConnectionLimits, cost: ApiCost) {
    this.server = new URL(server).origin;
    this.#base = server;
    this.#headers = { ...signed.getHeaders(), accept: "application/json", "user-agent": "loadline" };
    this.#dispatcher = signed.getDispatcher();
    this.#limits = limits;
    this.#cost = cost;
  }

  /** `cost` is counted up. The configuration is a checked one, see `loadKubeconfig`. */
  static async open(
    config: KubeConfig,
    limits: ConnectionLimits,
    cost: ApiCost,
  ): Promise<KubernetesConnection> {
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
    return new KubernetesConnection(server, signed, limits, cost);
  }

  /** Aborted when the connection is closed. */
  get closed(): AbortSignal {
    return this.#stop.signal;
  }

  address(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(this.#base + path);
    url.search = new URLSearchParams(query).toString();
    return url;
  }

  /** The answer, whatever its status; rejects where there is none, see `networkFault`. */
  async send(url: URL, sent?: Sent): Promise<Reply> {
    this.#cost.requests++;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#limits.requestMs)]);
    try {
      const answer = await request(url, {
        dispatcher: this.#dispatcher ?? getGlobalDispatcher(),
        method: sent?.method ?? "GET",
        headers: sent ? { ...this.#headers, "content-type": sent.contentType } : this.#headers,
        body: sent?.body ?? null,
        signal,
      });
      const { statusCode: status, headers } = answer;
      return { status, retryAfter: headers["retry-after"], text: await this.#text(answer.body) };
    } catch (error) {
      throw networkFault(error, url, sent?.method);
    }
  }

  /**
   * An answer that goes on: the lines of its body as they arrive. It ends when the server ends it; its lines reject
   * where it goes on for longer than `longestMs`, when the connection breaks, and when it is closed or `signal` aborted.
   */
  async stream(
    url: URL,
    longestMs: number,
    signal: AbortSignal,
  ): Promise<Reply | { readonly status: 200; readonly lines: AsyncIterable<string> }> {
    this.#cost.requests++;
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: this.#dispatcher ?? getGlobalDispatcher(),
        headers: this.#headers,
        signal: AbortSignal.any([this.#stop.signal, signal, AbortSignal.timeout(longestMs)]),
      });
      if (statusCode === 200) return { status: 200, lines: this.#lines(body, url) };
      return { status: statusCode, retryAfter: headers["retry-after"], text: await this.#text(body) };
    } catch (error) {
      throw networkFault(error, url);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#dispatcher?.destroy();
  }

  async *#lines(body: AsyncIterable<Buffer>, url: URL): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const chunk of body) {
        this.#cost.bytes += chunk.byteLength;
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > this.#limits.answerBytes)
          throw new RangeError(`a line is longer than ${this.#limits.answerBytes} characters`);
        yield* lines;
      }
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

/** Files that are missing are named; what a plugin printed is not repeated, it may hold a token. */
function credentialsFault(config: KubeConfig, error: unknown): string {
  const who = `The credentials of user "${config.getCurrentUser()?.name}" (context "${config.currentContext}")`;
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
  if (missing) return `${who} cannot be had: ${error.message}`;
  return `${who} cannot be had: a credential plugin, provider or certificate fails. Try: kubectl --context ${config.currentContext} get deployments`;
}
