import { createServer } from "node:http";
import { once } from "node:events";
import nock from "nock";
import { afterAll, afterEach, assert, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { prometheusSource, type PrometheusOptions } from "../../src/metrics/prometheus.ts";
import { QueryLimitError } from "../../src/metrics/query-limit-error.ts";
import type { LastSample, Series, SeriesQuery } from "../../src/metrics/series-source.ts";

const URL = "http://prometheus.test:9090";
const QUERY: SeriesQuery = {
  metric: "up",
  matchers: [],
  window: { startMs: 0, endMs: 3_600_000 },
  by: ["pod"],
};

const last = (options: Partial<PrometheusOptions> = {}): Promise<LastSample[]> =>
  prometheusSource({ url: URL, retryDelayMs: 1, retries: 2, ...options }).last(QUERY);
const gauge = (options: Partial<PrometheusOptions> = {}): Promise<Series[]> =>
  prometheusSource({ url: URL, retryDelayMs: 1, retries: 2, ...options }).gauge(QUERY, 300);

const query = (): nock.Interceptor => nock(URL).post("/api/v1/query");
const range = (): nock.Interceptor => nock(URL).post("/api/v1/query_range");
const success = (result: unknown[], resultType = "vector", more = {}): nock.Body => ({
  status: "success",
  data: { resultType, result },
  ...more,
});
const failure = (errorType: string, error: string): nock.Body => ({ status: "error", errorType, error });
const ONE = { metric: { pod: "a" }, value: [1, "2.5"] };

describe("one answer of a server", () => {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => {
    const left = nock.pendingMocks();
    nock.cleanAll();
    assert.deepEqual(left, []);
  });
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });

  it("is read, with its cost", async () => {
    query().reply(200, success([ONE]));
    const source = prometheusSource({ url: `${URL}/api/v1/` });
    expect(await source.last(QUERY)).toEqual([{ labels: { pod: "a" }, value: 2.5 }]);
    expect(source.cost).toEqual({ requests: 1, bytes: JSON.stringify(success([ONE])).length });
  });

  it("may hold values that are no finite numbers, and histograms, which are none", async () => {
    const values = ["NaN", "+Inf", "-Inf"].map((value) => ({ metric: { pod: value }, value: [1, value] }));
    query().reply(200, success([...values, { metric: {}, histogram: [1, {}] }]));
    expect((await last()).map(({ value }) => value)).toEqual([Number.NaN, Infinity, -Infinity]);
  });

  it("passes the server's warnings on, each once", async () => {
    query()
      .times(2)
      .reply(200, success([], "vector", { warnings: ["store down"] }));
    const warnings: string[] = [];
    const source = prometheusSource({ url: URL, onWarning: (warning) => warnings.push(warning) });
    await source.last(QUERY);
    await source.last(QUERY);
    expect(warnings).toEqual(["store down"]);
  });

  it("is asked for with the credentials and headers given", async () => {
    const asked: Headers[] = [];
    query()
      .times(4)
      .reply(200, (request: Request) => {
        asked.push(request.headers);
        return success([]);
      });
    await last({ bearerToken: "t0ken", headers: { "X-Scope-OrgID": "team-a" } });
    await last({ basicAuth: { username: "me", password: "p:w" } });
    await last({ url: "http://me:p%3Aw@prometheus.test:9090" });
    await last();
    expect(asked.map((headers) => headers.get("authorization"))).toEqual([
      "Bearer t0ken",
      `Basic ${btoa("me:p:w")}`,
      `Basic ${btoa("me:p:w")}`,
      null,
    ]);
    expect(asked[0]?.get("x-scope-orgid")).toBe("team-a");
  });

  it.each([429, 502, 503, 504])("is asked for again after %i", async (status) => {
    query()
      .reply(status, "busy")
      .post("/api/v1/query")
      .reply(200, success([ONE]));
    expect(await last()).toHaveLength(1);
  });

  it("is asked for again no sooner than Retry-After says", async () => {
    query().reply(429, "slow down", { "Retry-After": "1" });
    query().reply(200, success([ONE]));
    const start = performance.now();
    await last();
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it("is asked for again after a broken connection and broken JSON", async () => {
    query().replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    query().reply(200, '{"status":"success","data":{"resu', { "Content-Type": "application/json" });
    query().reply(200, success([ONE]));
    expect(await last()).toHaveLength(1);
  });

  it("is given up after the retries, with the server's words", async () => {
    query().times(3).reply(503, failure("unavailable", "starting up"));
    await expect(last()).rejects.toThrow(
      "Prometheus at http://prometheus.test:9090 answers 503: starting up",
    );
  });

  it.each([
    [400, failure("bad_data", "parse error"), /refuses the query \(400\): parse error/],
    [401, "Unauthorized", /\(401\); check the user, password or token/],
    [403, "no", /\(403\): no; .*X-Scope-OrgID/],
    [
      404,
      "404 page not found",
      /no query API there \(404\); --prometheus takes the address before \/api\/v1/,
    ],
    [302, "", /sends us on to https:\/\/login.test\/sso; give that address/],
  ])("%i is the user's to mend, and is not tried again", async (status, body, message) => {
    query().reply(status, body, { Location: "https://login.test/sso?token=secret" });
    const error: unknown = await last().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
  });

  it("may be a proxy's page instead", async () => {
    query().reply(200, "<html>Log in</html>", { "Content-Type": "text/html" });
    await expect(last()).rejects.toThrow(/answers with text\/html instead of JSON: a login page/);
  });

  it.each([
    [422, failure("execution", "query processing would load too many samples into memory")],
    [400, failure("bad_data", "exceeded maximum resolution of 11,000 points per timeseries")],
    [503, failure("timeout", "query timed out in expression evaluation")],
  ])("%i for too much is asked for in halves", async (status, body) => {
    const asked: string[] = [];
    range().reply(status, body);
    range()
      .times(2)
      .reply(200, async (request: Request) => {
        const { start, end } = Object.fromEntries(new URLSearchParams(await request.text()));
        asked.push(`${start}-${end}`);
        return success([{ metric: { pod: "a" }, values: [[Number(start), "1"]] }], "matrix");
      });
    const [series] = await gauge();
    expect(asked).toEqual(["0-1500", "1800-3300"]);
    expect([...(series?.timesMs ?? [])]).toEqual([0, 1_800_000]);
  });

  it("keeps being too much for one point: QueryLimitError, after a few halves", async () => {
    range().times(5).reply(422, failure("execution", "too many samples"));
    await expect(gauge()).rejects.toThrow(QueryLimitError);
  });

  it("is cut off above the size allowed", async () => {
    query().reply(200, success([ONE]));
    await expect(
      prometheusSource({ url: URL, answerLimitBytes: 20 }).last({
        ...QUERY,
        window: { startMs: 0, endMs: 1 },
      }),
    ).rejects.toThrow(/too large/);
  });

  it("is never asked for where the query can match nothing", async () => {
    const source = prometheusSource({ url: URL });
    expect(await source.last({ ...QUERY, matchers: [{ label: "pod", in: [] }] })).toEqual([]);
    expect(await source.rate({ ...QUERY, window: { startMs: 5, endMs: 5 } }, 60)).toEqual([]);
    expect(source.cost.requests).toBe(0);
  });

  it("tells no secret in its errors", async () => {
    const secrets = { bearerToken: "s3cret-token", headers: { "X-Key": "s3cret-key" } };
    for (const [status, body] of [
      [401, "no"],
      [500, "oops"],
    ] as const) {
      query().reply(status, body);
      const error: unknown = await last({ ...secrets, url: "http://me:s3cret@prometheus.test:9090" }).catch(
        (error: unknown) => error,
      );
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("s3cret");
    }
  });
});

describe("a server that is out of order", () => {
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
    await expect(gauge({ url: server.url, timeoutMs: 100 })).rejects.toThrow(
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
