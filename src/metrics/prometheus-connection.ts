import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import pRetry from "p-retry";
import { PrometheusDriver, type QueryResult } from "prometheus-query";
import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { type Answer, parseAnswer } from "./prometheus-answer.ts";
import { faultOfAnswer, faultOfBody, faultOfConnection, PassingFault } from "./prometheus-fault.ts";
import { QueryLimitError } from "./query-limit-error.ts";
import type { LastSample, MetricsCost, Series } from "./series-source.ts";
import { lastOf, type TimeGrid } from "./time-grid.ts";

export interface ConnectionOptions {
  /** The address before `/api/v1`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly basicAuth?: { readonly username: string; readonly password: string };
  readonly bearerToken?: string;
  /** PEM certificates of the authorities to trust instead of the system's. */
  readonly ca?: string;
  readonly insecureSkipVerify?: boolean;
  /** The longest time for one answer, 60 s. */
  readonly timeoutMs?: number;
  /** How often a passing fault is tried again, 4 times. */
  readonly retries?: number;
  /** The pause before the first retry, 500 ms; it doubles up to 10 s. */
  readonly retryDelayMs?: number;
  /** Queries in flight, 4. */
  readonly concurrency?: number;
  /** The largest answer that is read, 256 MiB. */
  readonly answerLimitBytes?: number;
  /** Hears each different warning of the server once. */
  readonly onWarning?: (warning: string) => void;
}

/** Questions in PromQL. Rejects as {@link SeriesSource} says. */
export interface PrometheusConnection {
  range(expression: string, grid: TimeGrid): Promise<Series[]>;
  instant(expression: string, atMs: number): Promise<LastSample[]>;
  readonly cost: Readonly<MetricsCost>;
}

export function connectPrometheus(options: ConnectionOptions): PrometheusConnection {
  const { timeoutMs = 60_000, retries = 4, retryDelayMs = 500, concurrency = 4 } = options;
  const cost = { requests: 0, bytes: 0 };
  const url = addressOf(options.url).shown;
  const patient = driver(options, timeoutMs, cost);
  const hasty = driver(options, Math.min(timeoutMs, 10_000), cost);
  const limit = pLimit(concurrency);

  let answered = false;
  const answer = async (question: () => Promise<QueryResult>): Promise<Answer> => {
    const given = await answerOf(url, question);
    answered = true;
    return given;
  };

  const ask = (question: () => Promise<QueryResult>): Promise<Answer> =>
    limit(() =>
      pRetry(() => answer(question), {
        retries,
        minTimeout: retryDelayMs,
        maxTimeout: 10_000,
        randomize: true,
        // An address at which nobody has ever answered is more likely wrong than restarting.
        shouldRetry: ({ error, attemptNumber }) =>
          error instanceof PassingFault && (answered || !error.unreachable || attemptNumber < 2),
        onFailedAttempt: async ({ error, retriesLeft }) => {
          if (error instanceof PassingFault && retriesLeft > 0) await sleep(error.retryAfterMs);
        },
      }),
    ).catch(async (error: unknown) => {
      if (error instanceof PassingFault) throw error.lasting;
      if (error instanceof TimeoutFault) throw await whatTimedOut(error);
      throw error;
    });

  /** A server that still answers a trifle had too much to do; one that does not is out of order. */
  const whatTimedOut = async (fault: TimeoutFault): Promise<Error> => {
    const alive = await answerOf(url, () => hasty.instantQuery("vector(1)")).catch(() => undefined);
    return alive === undefined
      ? new InputError(`${fault.message}, not even to vector(1); check --prometheus and the server`)
      : new QueryLimitError(fault.message);
  };

  return {
    cost,
    async range(expression, grid) {
      const [start, end] = [new Date(grid.firstMs), new Date(lastOf(grid))];
      const answer = await ask(() =>
        patient.rangeQuery(expression, start, end, grid.stepMs / 1000, `${timeoutMs}ms`),
      );
      return [...answer.series];
    },
    async instant(expression, atMs) {
      const answer = await ask(() => patient.instantQuery(expression, new Date(atMs), `${timeoutMs}ms`));
      return [...answer.samples];
    },
  };
}

class TimeoutFault extends Error {
  override readonly name = "TimeoutFault";
}

/** The driver puts what an interceptor throws into `original`. */
const thrown = z.object({ original: z.instanceof(Error) });

async function answerOf(url: string, question: () => Promise<QueryResult>): Promise<Answer> {
  try {
    const { result } = await question();
    return result[0];
  } catch (error) {
    if (error instanceof Error) throw error;
    throw thrown.safeParse(error).data?.original ?? new Error(`Prometheus at ${url} cannot be asked`);
  }
}

const failed = z.object({ code: z.string().catch(""), message: z.string().catch("") });

/**
 * A `PrometheusDriver` that reads ranges without an object for each sample. The driver hands the result of a
 * scalar through as it is, so the interceptor gives it our {@link Answer} as one; and the interceptor sees
 * status, headers and warnings, which the driver does not hand out.
 */
function driver(options: ConnectionOptions, timeoutMs: number, cost: MetricsCost): PrometheusDriver {
  const { endpoint, shown, userInfo } = addressOf(options.url);
  const { ca, insecureSkipVerify = false, answerLimitBytes = 256 * 2 ** 20, onWarning } = options;
  const httpsAgent = new Agent({
    keepAlive: true,
    rejectUnauthorized: !insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
  });
  const warned = new Set<string>();
  return new PrometheusDriver({
    endpoint,
    preferPost: true,
    headers: { ...authorization(options, userInfo), ...options.headers },
    requestInterceptor: {
      onFulfilled(request) {
        cost.requests += 1;
        return Object.assign(request, {
          httpsAgent,
          // The driver's own time-out begins anew with every byte.
          timeout: 0,
          signal: AbortSignal.timeout(timeoutMs),
          maxContentLength: answerLimitBytes,
          maxRedirects: 0,
          responseType: "text",
          transformResponse: [],
          validateStatus: () => true,
        });
      },
    },
    responseInterceptor: {
      onFulfilled(response) {
        const body = String(response.data);
        cost.bytes += Buffer.byteLength(body);
        const header = (name: string): string | undefined =>
          z.string().optional().catch(undefined).parse(response.headers[name]);
        const contentType = header("content-type") ?? "";
        if (response.status !== 200)
          throw faultOfAnswer(shown, {
            status: response.status,
            body,
            contentType,
            retryAfter: header("retry-after"),
            location: header("location"),
          });
        const answer = answerIn(body) ?? faultOfBody(shown, contentType);
        if (answer instanceof Error) throw answer;
        for (const warning of answer.warnings.filter((text) => !warned.has(text))) {
          warned.add(warning);
          onWarning?.(warning);
        }
        return { ...response, data: { status: "success", data: { resultType: "scalar", result: [answer] } } };
      },
      onRejected(error: unknown) {
        const { code, message } = failed.parse(error);
        throw code === "ERR_CANCELED"
          ? new TimeoutFault(`Prometheus at ${shown} gave no answer within ${timeoutMs / 1000} s`)
          : faultOfConnection(shown, code, message);
      },
    },
  });
}

function answerIn(body: string): Answer | undefined {
  try {
    return parseAnswer(body);
  } catch {
    return undefined;
  }
}

interface Address {
  readonly endpoint: string;
  /** Without credentials, for messages. */
  readonly shown: string;
  readonly userInfo: ConnectionOptions["basicAuth"];
}

function addressOf(text: string): Address {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new InputError(
      "--prometheus takes an address such as http://host:9090, with neither ? nor # in it",
    );
  const endpoint = url.origin + url.pathname.replace(/\/*(?:api\/v1\/*)?$/, "");
  const userInfo =
    url.username === ""
      ? undefined
      : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return { endpoint, shown: endpoint, userInfo };
}

function authorization(
  { bearerToken, basicAuth }: ConnectionOptions,
  userInfo: Address["userInfo"],
): Record<string, string> {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken}` };
  const user = basicAuth ?? userInfo;
  if (user === undefined) return {};
  const pair = Buffer.from(`${user.username}:${user.password}`).toString("base64");
  return { authorization: `Basic ${pair}` };
}
