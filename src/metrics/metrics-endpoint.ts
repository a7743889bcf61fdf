import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import pRetry from "p-retry";
import { type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { authorizationOf } from "./authorization.ts";
import { clockFault } from "./clock-fault.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { faultOfAnswer, faultOfConnection, PassingFault } from "./prometheus-fault.ts";
import { QueryLimitError } from "./query-limit-error.ts";
import type { MetricsCost } from "./series-source.ts";
import { serverAddress } from "./server-address.ts";

export interface EndpointRequest {
  /** Below the address, such as `/api/v1/query`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Posted; left out for a GET. */
  readonly body?: string | Uint8Array;
  /** The time-out is of each pause in the answer; as a whole it may take ten times as long. */
  readonly flowing?: boolean;
  /** The largest answer where the user has set none, 256 MiB. */
  readonly usualLimitBytes?: number;
}

export interface EndpointAnswer {
  readonly contentType: string;
  /** Counted, and cut off with `QueryLimitError` above the largest answer. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** A server of metrics: who asks, how often it is tried, and what its faults mean. */
export interface MetricsEndpoint {
  /** The address, fit for messages. */
  readonly shown: string;
  readonly cost: Readonly<MetricsCost>;
  /**
   * Gives what `read` makes of an answer with status 200. A passing fault is tried again: then
   * `read` begins anew. Rejects as `SeriesSource` says, and with what `read` rejects.
   */
  ask<T>(request: EndpointRequest, read: (answer: EndpointAnswer) => Promise<T>): Promise<T>;
}

/** The most that is read of an answer that is no success. */
const FAULT_BYTES = 65_536;

/** Time-outs that a flowing answer may take as a whole. */
const FLOWING = 10;

export function openEndpoint(options: ConnectionOptions): MetricsEndpoint {
  const { timeoutMs = 60_000, retries = 4, retryDelayMs = 500, concurrency = 4 } = options;
  const { endpoint: shown } = serverAddress(options.url);
  const authorize = authorizationOf(options);
  const dispatcher = dispatcherOf(options);
  const limit = pLimit(concurrency);
  const stop = options.signal ?? new AbortController().signal;
  const cost = { requests: 0, bytes: 0 };
  let answered = false;

  async function* counted(
    body: AsyncIterable<Buffer>,
    usualLimitBytes = 256 * 2 ** 20,
  ): AsyncGenerator<Buffer> {
    const { answerLimitBytes = usualLimitBytes } = options;
    let bytes = 0;
    for await (const chunk of body) {
      cost.bytes += chunk.length;
      bytes += chunk.length;
      if (bytes > answerLimitBytes)
        throw new QueryLimitError(
          `the answer of Prometheus at ${shown} is too large (above ${answerLimitBytes} bytes)`,
        );
      yield chunk;
    }
  }

  const once = async <T>(
    { path, headers: own, body, flowing = false, usualLimitBytes }: EndpointRequest,
    read: (answer: EndpointAnswer) => Promise<T>,
    withinMs: number,
  ): Promise<T> => {
    const url = new URL(shown + path);
    const method = body === undefined ? "GET" : "POST";
    const headers = { ...own, ...(await authorize({ method, url, headers: own, body: body ?? "" })) };
    const signal = AbortSignal.any([stop, AbortSignal.timeout(flowing ? withinMs * FLOWING : withinMs)]);
    const times = { headersTimeout: withinMs, bodyTimeout: withinMs };
    cost.requests += 1;
    try {
      const answer = await request(url, {
        method,
        headers,
        signal,
        dispatcher,
        ...times,
        ...(body === undefined ? {} : { body }),
      });
      const contentType = headerOf(answer, "content-type") ?? "";
      if (answer.statusCode !== 200)
        throw faultOfAnswer(shown, {
          status: answer.statusCode,
          body: await beginningOf(counted(answer.body)),
          contentType,
          retryAfter: headerOf(answer, "retry-after"),
          location: headerOf(answer, "location"),
        });
      const wrong = clockFault(shown, headerOf(answer, "date"), Date.now());
      if (wrong !== undefined) {
        await answer.body.dump();
        throw wrong;
      }
      const made = await read({ contentType, chunks: counted(answer.body, usualLimitBytes) });
      answered = true;
      return made;
    } catch (error) {
      throw faultOf(error, shown, withinMs);
    }
  };

  /** A server that still answers a trifle had too much to do; one that does not is out of order. */
  const whatTimedOut = async (fault: TimeoutFault): Promise<Error> => {
    const alive = await once(TRIFLE, async () => true, Math.min(timeoutMs, 10_000)).catch(() => false);
    return alive
      ? new QueryLimitError(fault.message)
      : new InputError(`${fault.message}, not even to vector(1); check --prometheus and the server`);
  };

  return {
    shown,
    cost,
    ask: (question, read) =>
      limit(() =>
        pRetry(() => once(question, read, timeoutMs), {
          retries,
          minTimeout: retryDelayMs,
          maxTimeout: 10_000,
          randomize: true,
          signal: stop,
          // An address at which nobody has ever answered is more likely wrong than restarting.
          shouldRetry: ({ error, attemptNumber }) =>
            error instanceof PassingFault && (answered || !error.unreachable || attemptNumber < 2),
          onFailedAttempt: async ({ error, retriesLeft }) => {
            if (error instanceof PassingFault && retriesLeft > 0)
              await sleep(error.retryAfterMs, undefined, { signal: stop });
          },
        }),
      ).catch(async (error: unknown) => {
        stop.throwIfAborted();
        if (error instanceof PassingFault) throw error.lasting;
        if (error instanceof TimeoutFault) throw await whatTimedOut(error);
        throw error;
      }),
  };
}

/** The headers of a form, and how it is written. */
export function formOf(path: string, fields: Readonly<Record<string, string>>): EndpointRequest {
  return {
    path,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  };
}

const TRIFLE = formOf("/api/v1/query", { query: "vector(1)" });

class TimeoutFault extends Error {
  override readonly name = "TimeoutFault";
}

/** The proxies of the environment are used, as other programs do, but not for this machine itself. */
function dispatcherOf({ ca, insecureSkipVerify = false }: ConnectionOptions): Dispatcher {
  const tls = { rejectUnauthorized: !insecureSkipVerify, ...(ca === undefined ? {} : { ca }) };
  const excepted = process.env["no_proxy"] ?? process.env["NO_PROXY"] ?? "";
  const noProxy = `${excepted},localhost,127.0.0.1,::1`;
  return new EnvHttpProxyAgent({ connect: tls, requestTls: tls, noProxy });
}

const failed = z.object({ name: z.string(), code: z.string(), message: z.string().catch("") });

/** What `read` throws stays as it is, unless it is the connection that broke under it. */
function faultOf(error: unknown, shown: string, withinMs: number): unknown {
  if (error instanceof DOMException && error.name === "TimeoutError") return timeoutFault(shown, withinMs);
  const { data } = failed.safeParse(error);
  if (data === undefined || error instanceof InputError) return error;
  if (/^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/.test(data.code)) return timeoutFault(shown, withinMs);
  return faultOfConnection(shown, data.code, data.message);
}

function timeoutFault(shown: string, withinMs: number): TimeoutFault {
  return new TimeoutFault(`Prometheus at ${shown} gave no answer within ${withinMs / 1000} s`);
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function beginningOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const read: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    read.push(chunk);
    bytes += chunk.length;
    if (bytes >= FAULT_BYTES) break;
  }
  return Buffer.concat(read).toString("utf8", 0, FAULT_BYTES);
}
