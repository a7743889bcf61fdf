import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { retryAfterMs } from "../domain/retry-after.ts";

/** `absent`: the server has no such object, or does not serve the resource at all. */
export type Answer<T> =
  | { readonly status: "found"; readonly value: T }
  | { readonly status: "forbidden" }
  | { readonly status: "absent" };

/** An answer of the API server, read to its end. */
export interface Reply {
  readonly status: number;
  readonly retryAfter: string | string[] | undefined;
  readonly text: string;
}

/** A fault that may pass: worth another try. */
export class TransientFault extends Error {
  override readonly name = "TransientFault";
  readonly retryAfterMs: number;
  /** Of an answer; `undefined` where there was none. */
  readonly status: number | undefined;

  constructor(message: string, retryAfterMs = 0, status?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.status = status;
  }
}

/** The pages of a list are no longer those of one moment: it has to be begun again. */
export class Expired extends Error {
  override readonly name = "Expired";
}

/** What the reply means. Messages hold the server and the path, never a query, a header or a body. */
export function judge(reply: Reply, url: URL, longestWaitMs: number): Answer<unknown> {
  const { status } = reply;
  switch (status) {
    case 200:
      return { status: "found", value: json(reply.text, url) };
    case 401:
      throw new InputError(
        `${url.origin} refuses the credentials (401): the token or client certificate is wrong or has expired. Log in again, or choose another --context.`,
      );
    case 403:
      return { status: "forbidden" };
    case 404:
      return { status: "absent" };
    case 410:
      throw new Expired("the list expired");
    default:
      if (status === 408 || status === 429 || status >= 500)
        throw new TransientFault(
          `${subject(url)} answered ${status}`,
          Math.min(retryAfterMs(reply.retryAfter), longestWaitMs),
          status,
        );
      throw new InputError(
        `${subject(url)} answered ${status}${explanation(reply.text)}. Is ${url.origin} a Kubernetes API server?`,
      );
  }
}

/** The fault behind a request that brought no answer. */
export function networkFault(error: unknown, url: URL, method = "GET"): Error {
  if (!(error instanceof Error)) return new Error(`${subject(url, method)} failed`);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  if (error instanceof RangeError) return new Error(`${subject(url, method)}: ${error.message}`);
  if (error.name === "TimeoutError")
    return new TransientFault(`${subject(url, method)} was not answered in time`);
  if (/CERT|SSL|TLS|SIGNATURE|EPROTO/.test(code))
    return new InputError(
      `${url.origin}: no trusted connection (${code}). Check certificate-authority, client-certificate and tls-server-name in the kubeconfig.`,
    );
  if (code === "ENOTFOUND" || code === "ECONNREFUSED")
    return new InputError(`${url.origin} cannot be reached (${code}). Check the server in the kubeconfig.`);
  return new TransientFault(`${subject(url, method)} failed (${code})`);
}

function json(text: string, url: URL): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TransientFault(`${subject(url)} was answered with something that is no JSON`);
  }
}

/** Each line of an answer as the JSON that it is. */
export async function* parsedLines(lines: AsyncIterable<string>, url: URL): AsyncGenerator {
  for await (const line of lines) if (line.trim() !== "") yield json(line, url);
}

const Status = z.object({ message: z.string() });

function explanation(text: string): string {
  try {
    return `: ${JSON.stringify(Status.parse(JSON.parse(text)).message.slice(0, 300))}`;
  } catch {
    return "";
  }
}

function subject(url: URL, method = "GET"): string {
  return `${method} ${url.origin}${url.pathname}`;
}
