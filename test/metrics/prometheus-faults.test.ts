import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, assert, beforeEach, describe, expect, it, vi } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { prometheusSource, type PrometheusOptions } from "../../src/metrics/prometheus.ts";
import { QueryLimitError } from "../../src/metrics/query-limit-error.ts";
import type { LastSample, Series, SeriesQuery } from "../../src/metrics/series-source.ts";
import { type Reply, reply, type ScriptedServer, scriptedServer } from "../support/scripted-server.ts";

const QUERY: SeriesQuery = {
  metric: "up",
  matchers: [],
  window: { startMs: 0, endMs: 3_600_000 },
  by: ["pod"],
};

let server: ScriptedServer;
const source = (options: Partial<PrometheusOptions> = {}) =>
  prometheusSource({ url: server.url, retryDelayMs: 1, retries: 2, ...options });
const last = (options?: Partial<PrometheusOptions>): Promise<LastSample[]> => source(options).last(QUERY);
const gauge = (options?: Partial<PrometheusOptions>): Promise<Series[]> => source(options).gauge(QUERY, 300);

const success = (result: unknown[], resultType = "vector", more = {}): object => ({
  status: "success",
  data: { resultType, result },
  ...more,
});
const failure = (errorType: string, error: string): object => ({ status: "error", errorType, error });
const ONE = { metric: { pod: "a" }, value: [1, "2.5"] };

describe("one answer of a server", () => {
  let replies = 0;
  const answers = (...next: Reply[]): void => {
    replies += next.length;
    server.next(...next);
  };
  beforeEach(async () => {
    server = await scriptedServer();
    replies = 0;
  });
  afterEach(async () => {
    assert.equal(server.asked.length, replies);
    await server[Symbol.asyncDispose]();
  });

  it("is read, with its cost", async () => {
    answers(reply(200, success([ONE])));
    const source = prometheusSource({ url: `${server.url}/api/v1/` });
    expect(await source.last(QUERY)).toEqual([{ labels: { pod: "a" }, value: 2.5 }]);
    expect(source.cost).toEqual({ requests: 1, bytes: JSON.stringify(success([ONE])).length });
  });

  it("may hold values that are no finite numbers, and histograms, which are none", async () => {
    const values = ["NaN", "+Inf", "-Inf"].map((value) => ({ metric: { pod: value }, value: [1, value] }));
    answers(reply(200, success([...values, { metric: {}, histogram: [1, {}] }])));
    expect((await last()).map(({ value }) => value)).toEqual([Number.NaN, Infinity, -Infinity]);
  });

  it("passes the server's warnings on, each once", async () => {
    const warned = reply(200, success([], "vector", { warnings: ["store down"] }));
    answers(warned, warned);
    const warnings: string[] = [];
    const one = source({ onWarning: (warning) => warnings.push(warning) });
    await one.last(QUERY);
    await one.last(QUERY);
    expect(warnings).toEqual(["store down"]);
  });

  it("is asked for with the credentials and headers given", async () => {
    answers(...Array.from({ length: 4 }, () => reply(200, success([]))));
    await last({ bearerToken: "t0ken", headers: { "X-Scope-OrgID": "team-a" } });
    await last({ basicAuth: { username: "me", password: "p:w" } });
    await last({ url: server.url.replace("//", "//me:p%3Aw@") });
    await last();
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer t0ken",
      `Basic ${btoa("me:p:w")}`,
      `Basic ${btoa("me:p:w")}`,
      undefined,
    ]);
    expect(server.asked[0]?.headers["x-scope-orgid"]).toBe("team-a");
  });

  it("is asked for with the token that its file holds now", async () => {
    const folder = await mkdtemp(join(tmpdir(), "loadline-token-"));
    const bearerTokenFile = join(folder, "token");
    const one = source({ bearerTokenFile });
    await expect(one.last(QUERY)).rejects.toThrow(/token: the bearer token can't be read \(ENOENT\)/);
    answers(...Array.from({ length: 3 }, () => reply(200, success([]))));
    await writeFile(bearerTokenFile, "first\n");
    await one.last(QUERY);
    await one.last(QUERY);
    await writeFile(bearerTokenFile, "another\n");
    await one.last(QUERY);
    await rm(folder, { recursive: true });
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer first",
      "Bearer first",
      "Bearer another",
    ]);
  });

  it.each([429, 502, 503, 504])("is asked for again after %i", async (status) => {
    answers(reply(status, "busy"), reply(200, success([ONE])));
    expect(await last()).toHaveLength(1);
  });

  it("is asked for again no sooner than Retry-After says", async () => {
    answers(reply(429, "slow down", { "retry-after": "1" }), reply(200, success([ONE])));
    const start = performance.now();
    await last();
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it("is asked for again after a broken connection and broken JSON", async () => {
    answers(
      (response) => response.destroy(),
      (response) => {
        response.writeHead(200, { "content-length": "1000" }).write("{");
        setTimeout(() => response.destroy(), 10);
      },
      reply(200, '{"status":"success","data":{"resu', { "content-type": "application/json" }),
      reply(200, success([ONE])),
    );
    expect(await last({ retries: 3 })).toHaveLength(1);
  });

  it.each([
    [40, /^this machine's clock is 40 minutes ahead of that of Prometheus at http/],
    [-180, /^this machine's clock is 180 minutes behind that of Prometheus at http/],
  ])("is refused by a clock that is %i minutes ahead of the server's", async (minutes, message) => {
    answers(reply(200, success([ONE]), { date: new Date(Date.now() - minutes * 60_000).toUTCString() }));
    const fault = await last().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(InputError);
    expect(fault).toHaveProperty("message", expect.stringMatching(message));
  });

  it.each(["soon", new Date(Date.now() - 600_000).toUTCString()])("may be dated %s", async (date) => {
    answers(reply(200, success([ONE]), { date }));
    expect(await last()).toHaveLength(1);
  });

  it("is given up after the retries, with the server's words", async () => {
    const starting = reply(503, failure("unavailable", "starting up"));
    answers(starting, starting, starting);
    await expect(last()).rejects.toThrow(`Prometheus at ${server.url} answers 503: starting up`);
  });

  it.each([
    [400, failure("bad_data", "parse error"), /refuses the query \(400\): parse error/],
    [401, "Unauthorized", /\(401\): Unauthorized; check the user, password or token, .*X-Scope-OrgID/],
    [403, "no", /\(403\): no; .*X-Scope-OrgID/],
    [
      404,
      "404 page not found",
      /no query API there \(404\); --prometheus takes the address before \/api\/v1/,
    ],
    [302, "", /sends us on to https:\/\/login.test\/sso; give that address/],
  ])("%i is the user's to mend, and is not tried again", async (status, body, message) => {
    answers(reply(status, body, { location: "https://login.test/sso?token=secret" }));
    const error: unknown = await last().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
  });

  it("may be a proxy's page instead", async () => {
    answers(reply(200, "<html>Log in</html>", { "content-type": "text/html" }));
    await expect(last()).rejects.toThrow(/answers with text\/html instead of JSON: a login page/);
  });

  it.each([
    [422, failure("execution", "query processing would load too many samples into memory")],
    [400, failure("bad_data", "exceeded maximum resolution of 11,000 points per timeseries")],
    [503, failure("timeout", "query timed out in expression evaluation")],
    [
      500,
      // As Mimir answers a remote read.
      "rpc error: code = Code(422) desc = expand series set: rpc error: code = Code(422) desc = the query exceeded the maximum number of chunks (limit: 600 chunks) (err-mimir-max-chunks-per-query). Consider reducing the time range and/or number of series selected by the query.",
    ],
  ])("%i for too much is asked for in halves", async (status, body) => {
    const half: Reply = (response, request) => {
      const values = [[Number(request.fields["start"]), "1"]];
      reply(200, success([{ metric: { pod: "a" }, values }], "matrix"))(response, request);
    };
    answers(reply(status, body), half, half);
    const [series] = await gauge();
    expect(server.asked.slice(1).map(({ fields }) => `${fields["start"]}-${fields["end"]}`)).toEqual([
      "0-1500",
      "1800-3300",
    ]);
    expect([...(series?.timesMs ?? [])]).toEqual([0, 1_800_000]);
  });

  it("keeps being too much for one point: QueryLimitError, after a few halves", async () => {
    answers(...Array.from({ length: 5 }, () => reply(422, failure("execution", "too many samples"))));
    await expect(gauge()).rejects.toThrow(QueryLimitError);
  });

  it("is cut off above the size allowed", async () => {
    answers(reply(200, success([ONE])));
    const short = { ...QUERY, window: { startMs: 0, endMs: 1 } };
    await expect(source({ answerLimitBytes: 20 }).last(short)).rejects.toThrow(/too large/);
  });

  it("comes past the proxy of the environment from this machine, and through it from others", async () => {
    vi.stubEnv("NO_PROXY", undefined);
    vi.stubEnv("no_proxy", undefined);
    vi.stubEnv("http_proxy", "http://127.0.0.1:1");
    answers(reply(200, success([ONE])));
    expect(await last()).toHaveLength(1);
    await expect(last({ url: "http://prometheus.test", retries: 0 })).rejects.toThrow(/ECONNREFUSED/);
    vi.unstubAllEnvs();
  });

  it("is never asked for where the query can match nothing", async () => {
    const one = source();
    expect(await one.last({ ...QUERY, matchers: [{ label: "pod", in: [] }] })).toEqual([]);
    expect(await one.rate({ ...QUERY, window: { startMs: 5, endMs: 5 } }, 60)).toEqual([]);
  });

  it("tells no secret in its errors", async () => {
    const secrets = { bearerToken: "s3cret-token", headers: { "X-Key": "s3cret-key" } };
    answers(reply(401, "no"), reply(500, "oops"));
    for (const options of [secrets, secrets, { bearerToken: "s3cret\n", retries: 0 }]) {
      const url = server.url.replace("//", "//me:s3cret@");
      const error: unknown = await last({ ...options, url }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 10 })).not.toContain("s3cret");
    }
  });
});

describe("a server that is out of order", () => {
  const last = (options: PrometheusOptions): Promise<LastSample[]> =>
    prometheusSource({ retryDelayMs: 1, retries: 2, ...options }).last(QUERY);

  it("is unreachable: says where and what to check", async () => {
    const error: unknown = await last({ url: "http://me:s3cret@127.0.0.1:1" }).catch(
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error).toHaveProperty(
      "message",
      "cannot reach Prometheus at http://127.0.0.1:1: ECONNREFUSED; check --prometheus",
    );
  });

  it("never answers: fails after the time-out and one short question", async () => {
    await using server = await listening(() => {});
    await expect(last({ url: server.url, timeoutMs: 100 })).rejects.toThrow(
      /no answer within 0.1 s, not even to vector\(1\)/,
    );
  });

  it("answers drop by drop: the time-out counts from the start", async () => {
    await using server = await listening((drip) => {
      const timer = setInterval(drip, 20);
      timer.unref();
    });
    await expect(last({ url: server.url, timeoutMs: 150 })).rejects.toThrow(/no answer within 0.15 s/);
  });

  it("has no address with a password that is not escaped", () => {
    expect(() => prometheusSource({ url: "http://me:5%secret@host" })).toThrow(
      new InputError("--prometheus: before the @ of the address, a % is written as %25"),
    );
  });

  it.each(["prometheus:9090", "ftp://host", "http://host/?x=1", ""])("has no address like %j", (url) => {
    expect(() => prometheusSource({ url })).toThrow(InputError);
  });
});

/** A server that begins an answer and leaves the rest to `drip`. */
async function listening(begin: (drip: () => void) => void): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((_, response) => {
    begin(() => {
      response.write(" ");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
