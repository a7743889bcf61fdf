import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import pRetry from "p-retry";
import { type Dispatcher, request } from "undici";
import { retryAfterMs } from "../domain/retry-after.ts";

/** Where an address is read: whoever has it can write there, so that it is a secret. */
export type SecretAddress = { readonly file: string } | { readonly variable: string };

/** How long a webhook is waited for. */
export interface Patience {
  /** For one message, the first time included. */
  readonly tries: number;
  /** Before the second try; doubled from then on, and spread at random. */
  readonly waitMs: number;
  /** Once it is over nothing is sent or waited for any more. */
  readonly until: AbortSignal;
}

/** Two minutes for all messages to one webhook: what is told must not hold up what is done. */
export function usualPatience(): Patience {
  return { tries: 5, waitMs: 1000, until: AbortSignal.timeout(120_000) };
}

const LONGEST_ANSWER_MS = 10_000;
/** Who asks to wait for longer is not waited for. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Posts JSON; gives what went wrong, in words that never hold the address. What may pass is tried again: no
 * connection, no answer in time, 429, and a server's faults (5xx). A redirect is not followed, since nobody said that
 * what is told may go there. Where an answer got lost, a message may come twice.
 */
export async function post(
  address: SecretAddress,
  body: string,
  env: NodeJS.ProcessEnv,
  { tries, waitMs, until }: Patience,
): Promise<string | undefined> {
  const url = URL.parse(await addressIn(address, env));
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    return "its address is missing, or is no http(s) URL";
  let said: Undelivered | undefined;
  try {
    await pRetry(async () => await once(url, body, until), {
      retries: tries - 1,
      minTimeout: waitMs,
      randomize: true,
      signal: until,
      shouldRetry: ({ error }) => error instanceof Undelivered && error.waitMs !== undefined,
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (!(error instanceof Undelivered)) return;
        said = error;
        if (retriesLeft > 0) await delay(error.waitMs, undefined, { signal: until });
      },
    });
    return undefined;
  } catch (error) {
    if (error instanceof Undelivered) return error.message;
    return said
      ? `${said.message}, and there was no time left to try again`
      : "there was no time left for it";
  }
}

async function once(url: URL, body: string, until: AbortSignal): Promise<void> {
  const { statusCode, headers } = await send(url, body, until);
  if (statusCode >= 200 && statusCode < 300) return;
  const wait = retryAfterMs(headers["retry-after"]);
  const tooLong = wait > LONGEST_WAIT_MS ? `, and asks to wait for ${Math.round(wait / 60_000)} min` : "";
  const passes = (statusCode === 429 || statusCode >= 500) && tooLong === "";
  throw new Undelivered(`it answered ${statusCode}${tooLong}`, passes ? wait : undefined);
}

async function send(
  url: URL,
  body: string,
  until: AbortSignal,
): Promise<Pick<Dispatcher.ResponseData, "statusCode" | "headers">> {
  try {
    const answer = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "loadline" },
      body,
      signal: AbortSignal.any([AbortSignal.timeout(LONGEST_ANSWER_MS), until]),
    });
    await answer.body.dump();
    return answer;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code !== "string") throw new Undelivered("it does not answer", 0);
    throw new Undelivered(`it can't be reached (${code})`, UNTRUSTED.test(code) ? undefined : 0);
  }
}

/** No better the next time. */
const UNTRUSTED = /CERT|SSL|TLS|SIGNATURE|EPROTO/;

class Undelivered extends Error {
  override readonly name = "Undelivered";
  /** How long to wait at least before another try; `undefined` where none would help. */
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs: number | undefined) {
    super(message);
    this.waitMs = waitMs;
  }
}

async function addressIn(address: SecretAddress, env: NodeJS.ProcessEnv): Promise<string> {
  if ("variable" in address) return (env[address.variable] ?? "").trim();
  return (await readFile(address.file, "utf8").catch(() => "")).trim();
}
