import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import pRetry from "p-retry";
import { request } from "undici";
import { z } from "zod";
import type { Window } from "../../../domain/duration.ts";
import { InputError } from "../../../domain/input-error.ts";

const Answer = z.object({
  data: z.object({
    attributes: z.object({
      times: z.array(z.number()),
      series: z.array(
        z.object({
          query_index: z.int(),
          group_tags: z
            .array(z.string())
            .nullish()
            .transform((tags) => tags ?? []),
        }),
      ),
      values: z.array(z.array(z.number().nullable())),
    }),
  }),
});

/** `values[i][j]` is of `series[i]` at `times[j]`, in Unix milliseconds. */
export type Timeseries = z.infer<typeof Answer>["data"]["attributes"];

export interface DatadogKeys {
  readonly apiKey: string;
  readonly appKey: string;
}

const MOST_BYTES = 256 * 2 ** 20;
const REQUEST_MS = 60_000;
const TRIES = 5;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;
const IN_FLIGHT = 2;

/** A fault that may pass. */
class Transient extends Error {
  readonly waitMs: number;

  constructor(message: string, waitMs = 0) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** Asks Datadog's API, version 2. No fault holds a key. */
export class DatadogClient {
  readonly cost = { requests: 0, bytes: 0 };
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #limit = pLimit(IN_FLIGHT);

  constructor(url: string, { apiKey, appKey }: DatadogKeys) {
    this.#url = new URL("/api/v2/query/timeseries", url);
    this.#headers = {
      "dd-api-key": apiKey,
      "dd-application-key": appKey,
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "loadline",
    };
  }

  /**
   * The answers to queries of metrics, which `series` refer to by their index. Rejects with `InputError` where
   * keys or queries are refused, with `Error` where the server stays at fault.
   */
  timeseries(
    queries: readonly string[],
    { startMs, endMs }: Window,
    intervalSeconds: number,
    signal: AbortSignal,
  ): Promise<Timeseries> {
    const attributes = {
      from: startMs,
      to: endMs,
      interval: intervalSeconds * 1000,
      queries: queries.map((query) => ({ data_source: "metrics", query })),
    };
    const body = JSON.stringify({ data: { type: "timeseries_request", attributes } });
    return this.#limit(() =>
      pRetry(() => this.#ask(body, signal), {
        retries: TRIES - 1,
        minTimeout: FIRST_WAIT_MS,
        maxTimeout: LONGEST_WAIT_MS,
        signal,
        shouldRetry: async ({ error }) => {
          if (!(error instanceof Transient)) return false;
          await delay(error.waitMs, undefined, { signal });
          return true;
        },
      }),
    );
  }

  async #ask(body: string, signal: AbortSignal): Promise<Timeseries> {
    const { status, reset, text } = await this.#send(body, signal);
    const { origin } = this.#url;
    if (status === 401 || status === 403)
      throw new InputError(
        `${origin} refuses the keys (${status}): check DD_API_KEY, DD_APP_KEY and its permission timeseries_query, and the option site`,
      );
    if (status === 429 || status >= 500)
      throw new Transient(`${origin} answered ${status}`, Math.min(reset * 1000, LONGEST_WAIT_MS));
    if (status !== 200) throw new InputError(`${origin} answered ${status}${reasonIn(text)}`);
    const answer = Answer.safeParse(json(text));
    if (!answer.success) throw new InputError(`${origin} answered with no time series${reasonIn(text)}`);
    return answer.data.data.attributes;
  }

  /** `reset` are the seconds after which a limit of requests begins anew. */
  async #send(body: string, signal: AbortSignal): Promise<{ status: number; reset: number; text: string }> {
    this.cost.requests += 1;
    try {
      const answer = await request(this.#url, {
        method: "POST",
        headers: this.#headers,
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
      });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of answer.body) {
        const buffer = Buffer.from(chunk);
        bytes += buffer.length;
        this.cost.bytes += buffer.length;
        if (bytes > MOST_BYTES) throw new RangeError(`the answer is larger than ${MOST_BYTES} bytes`);
        chunks.push(buffer);
      }
      const reset = Number(answer.headers["x-ratelimit-reset"] ?? 0) || 0;
      return { status: answer.statusCode, reset, text: Buffer.concat(chunks).toString("utf8") };
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const late = error instanceof Error && error.name === "TimeoutError";
      const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
      throw new Transient(`${this.#url.origin} ${late ? "did not answer in time" : `failed (${code})`}`);
    }
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const Errors = z.object({ errors: z.union([z.string(), z.array(z.string()).min(1)]) });

/** What the server says is wrong. */
function reasonIn(text: string): string {
  const parsed = Errors.safeParse(json(text));
  return parsed.success ? `: ${JSON.stringify([parsed.data.errors].flat()[0]?.slice(0, 300))}` : "";
}
