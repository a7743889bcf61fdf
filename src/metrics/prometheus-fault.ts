import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { retryAfterMs } from "../domain/retry-after.ts";
import { QueryLimitError } from "./query-limit-error.ts";

/** A fault that may be gone at the next try. */
export class PassingFault extends Error {
  override readonly name = "PassingFault";
  /** How long the server asks to wait. */
  readonly retryAfterMs: number;
  /** There was nobody to connect to. */
  readonly unreachable: boolean;
  /** What it means for the caller when it does not pass. */
  readonly lasting: Error;

  constructor(lasting: Error, retryAfterMs = 0, unreachable = false) {
    super(lasting.message);
    this.lasting = lasting;
    this.retryAfterMs = retryAfterMs;
    this.unreachable = unreachable;
  }
}

/** The server does not understand the query. */
export class RefusedQuery extends InputError {}

export interface FaultyAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
}

/** The longest that a server may make us wait before a retry. */
const LONGEST_WAIT_MS = 60_000;

/** How Prometheus, Thanos, Mimir and VictoriaMetrics say in a 400 that a query asks for too much. */
const TOO_MUCH = /exceed|too many|too long|limit|maximum resolution|-search\.max/i;

/** How Mimir says it of a remote read, as a fault of its own. */
const TOO_MUCH_INSIDE = /\berr-mimir-max-|code = ResourceExhausted/;

/** What an answer with another status than 200 means: whose fault it is, and what can be done. */
export function faultOfAnswer(url: string, answer: FaultyAnswer): Error {
  const said = wordsOf(answer);
  const server = `Prometheus at ${url}`;
  switch (answer.status) {
    case 400:
      return TOO_MUCH.test(said)
        ? new QueryLimitError(`${server}: ${said}`)
        : new RefusedQuery(`${server} refuses the query (400): ${said}; check the given matchers`);
    case 401:
      return new InputError(
        `${server} wants to know who asks (401): ${said}; check the user, password or token, or a tenant's header (X-Scope-OrgID)`,
      );
    case 403:
      return new InputError(
        `${server} refuses access (403): ${said}; the user or token lacks the right to query, or a tenant's header (X-Scope-OrgID) is missing`,
      );
    case 404:
    case 405:
      return new InputError(
        `${server} has no query API there (${answer.status}); --prometheus takes the address before /api/v1, such as http://host:9090, or http://host/prometheus for Mimir`,
      );
    case 413:
    case 422:
      return new QueryLimitError(`${server}: ${said}`);
    case 429:
    case 502:
      return new PassingFault(new Error(`${server} answers ${answer.status}: ${said}`), waitOf(answer));
    case 500:
      return TOO_MUCH_INSIDE.test(said)
        ? new QueryLimitError(`${server}: ${said}`)
        : new Error(`${server} answers 500: ${said}`);
    case 503:
      return /timed out|timeout/i.test(said)
        ? new QueryLimitError(`${server}: ${said}`)
        : new PassingFault(new Error(`${server} answers 503: ${said}`), waitOf(answer));
    case 504:
      return new PassingFault(new QueryLimitError(`${server} answers 504: ${said}`), waitOf(answer));
    default:
      return answer.location === undefined
        ? new Error(`${server} answers ${answer.status}: ${said}`)
        : new InputError(`${server} sends us on to ${shownUrl(answer.location)}; give that address instead`);
  }
}

/** An answer with status 200 that is not Prometheus's JSON. */
export function faultOfBody(url: string, contentType: string): Error {
  if (/json/i.test(contentType))
    return new PassingFault(new Error(`Prometheus at ${url} sends JSON that is broken or no query result`));
  return new InputError(
    `${url} answers with ${contentType || "something"} instead of JSON: a login page, or another server? Check --prometheus`,
  );
}

const UNREACHABLE = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/;
const UNTRUSTED = /CERT|^UNABLE_TO_|^EPROTO$|^ERR_SSL|^ERR_TLS/;

/** A request that got no whole answer; `code` is of Node's `net` and `tls`, or of undici. */
export function faultOfConnection(url: string, code: string, message: string): Error {
  if (UNTRUSTED.test(code))
    return new InputError(
      `no TLS connection to Prometheus at ${url}: ${code}; give the certificate of its authority, or check http against https`,
    );
  if (code === "UND_ERR_INVALID_ARG")
    return new InputError(
      "a header for Prometheus has a character that HTTP forbids; check token and headers",
    );
  if (UNREACHABLE.test(code))
    return new PassingFault(
      new InputError(`cannot reach Prometheus at ${url}: ${code}; check --prometheus`),
      0,
      true,
    );
  return new PassingFault(new Error(`the connection to Prometheus at ${url} broke: ${code || message}`));
}

const errorOf = z.object({ error: z.string() });

/** What VictoriaMetrics puts before its words: our own question, whole. */
const ASKED = /^remoteAddr: [^;]*; requestURI: [^;]*; /;

/** The server's own words, short and on one line; a page of HTML says nothing. Reasons stand at their end. */
function wordsOf({ body, contentType }: FaultyAnswer): string {
  if (/html/i.test(contentType)) return "(a page of HTML)";
  const words = errorOf.safeParse(parsed(body)).data?.error ?? body;
  const line = words.replaceAll(/\s+/g, " ").trim().replace(ASKED, "");
  return line.length > 400 ? `${line.slice(0, 200)} … ${line.slice(-200)}` : line || "(no words)";
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function waitOf({ retryAfter }: FaultyAnswer): number {
  return Math.min(retryAfterMs(retryAfter), LONGEST_WAIT_MS);
}

function shownUrl(location: string): string {
  const url = URL.parse(location);
  return url === null ? (location.split(/[?#]/)[0]?.slice(0, 200) ?? "") : url.origin + url.pathname;
}
