import { describe, expect, it } from "vitest";
import { InputError } from "../../../src/domain/input-error.ts";
import { openEndpoint } from "../../../src/metrics/metrics-endpoint.ts";
import type { PrometheusOptions } from "../../../src/metrics/prometheus.ts";
import { QueryLimitError } from "../../../src/metrics/query-limit-error.ts";
import { probeRemoteRead } from "../../../src/metrics/remote-read/remote-read.ts";
import { remoteReadSource } from "../../../src/usage/remote-read/remote-read-source.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import type { SeriesDays } from "../../../src/usage/usage-source.ts";
import { writeAnswer } from "../../metrics/remote-read/answer-writer.ts";
import type { Sample } from "../../metrics/remote-read/xor-encoder.ts";
import { type Reply, reply, scriptedServer } from "../../support/scripted-server.ts";

const WINDOW = { startMs: 10 * DAY_MS, endMs: 12 * DAY_MS };
const hour = (hour: number, value: number): Sample => [WINDOW.startMs + hour * 3_600_000, value];
const answerOf = (...chunks: readonly (readonly Sample[])[]): Uint8Array =>
  writeAnswer(
    chunks.map((samples) => [
      {
        labels: {
          __name__: "container_memory_working_set_bytes",
          container: "app",
          pod: "a-1",
          job: "kubelet",
        },
        chunks: [samples],
      },
    ]),
  );
/** Two days, of two samples and of one. */
const GOOD = answerOf([hour(1, 100), hour(2, 200)], [hour(30, 300)]);

const chunked = (bytes: Uint8Array): Reply => starting(bytes, (response) => response.end());
const starting =
  (bytes: Uint8Array, then: (response: Parameters<Reply>[0]) => void): Reply =>
  (response) => {
    response.writeHead(200, {
      "content-type": "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse",
    });
    response.write(bytes, () => then(response));
  };

describe("an answer", () => {
  it("is the days of its series", async () => {
    await using server = await scriptedServer(chunked(GOOD));
    const [series, ...more] = await read(server.url);
    expect(more).toEqual([]);
    expect(series).toMatchObject({ resource: "memory", pod: "a-1", container: "app", job: "kubelet" });
    expect(series?.days.map(({ day, values }) => [day, values.count, values.max])).toEqual([
      [10, 2, 200],
      [11, 1, 300],
    ]);
  });

  it("is asked for with all headers, and counted", async () => {
    await using server = await scriptedServer(chunked(GOOD));
    const source = remoteReadSource({
      url: `${server.url}/base/`,
      headers: { "X-Scope-OrgID": "team" },
      bearerToken: "t",
    });
    await source.read("shop", WINDOW);
    expect(source.cost).toEqual({ requests: 1, bytes: GOOD.length });
    expect(server.asked[0]).toMatchObject({
      path: "/base/api/v1/read",
      headers: {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-read-version": "0.1.0",
        "x-scope-orgid": "team",
        authorization: "Bearer t",
      },
    });
  });

  it("keeps series apart whose labels differ, and leaves out others and what stands outside of the window", async () => {
    const series = (labels: Record<string, string>, ...samples: Sample[]) => ({ labels, chunks: [samples] });
    const cpu = { __name__: "container_cpu_usage_seconds_total", container: "app", pod: "a-1" };
    const answer = writeAnswer([
      [
        series({ ...cpu, id: "x" }, hour(-0.01, 10), hour(0.01, 82), hour(47.99, 90), hour(48, 500)),
        series({ ...cpu, id: "y" }, hour(1, 1), hour(1, 7), hour(0.9, 9), hour(1.05, 181)),
      ],
      [series({ ...cpu, __name__: "up" }, hour(1, 1), hour(2, 1)), series({ ...cpu, id: "z" }, hour(-1, 1))],
    ]);
    await using server = await scriptedServer(chunked(answer));
    const read = (await remoteReadSource({ url: server.url }).read("shop", WINDOW)).series;
    // 72 cpu-seconds in 72 seconds; and 180 in three minutes, after what is not newer is dropped.
    expect(read.map(({ days }) => days.map(({ day, values }) => [day, values.count, values.max]))).toEqual([
      [[10, 1, expect.closeTo(1, 9)]],
      [[10, 1, expect.closeTo(1, 9)]],
    ]);
  });
});

describe("a broken answer", () => {
  const damaged = Uint8Array.from(GOOD);
  damaged[60] = (damaged[60] ?? 0) ^ 1;
  const endless = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x20);

  it.each([
    ["has a damaged frame", chunked(damaged)],
    ["stops inside of a frame", chunked(GOOD.subarray(0, -1))],
    ["stops when the server is killed", starting(GOOD.subarray(0, 100), (response) => response.destroy())],
    ["has a frame of 2^40 bytes", chunked(endless)],
    ["is words behind the frames", starting(GOOD, (response) => response.end("query processing failed"))],
  ])("that %s is asked for again, and nothing of it counts", async (_, broken) => {
    await using server = await scriptedServer(broken, broken, chunked(GOOD));
    expect((await read(server.url))[0]?.days.map(({ values }) => values.count)).toEqual([2, 1]);
    expect(server.asked).toHaveLength(3);
  });

  it("that comes every time is a fault of the server", async () => {
    await using server = await scriptedServer(chunked(damaged), chunked(damaged), chunked(damaged));
    await expect(read(server.url)).rejects.toThrow(
      `Prometheus at ${server.url} sends a broken answer to a remote read: a frame has another checksum than it says`,
    );
  });

  it("that drips and never ends is cut off, though never silent for long", async () => {
    const drip: Reply = starting(GOOD, (response) => {
      const timer = setInterval(() => response.write("\u0000"), 10);
      response.on("close", () => clearInterval(timer));
    });
    await using server = await scriptedServer(drip);
    await expect(read(server.url, { timeoutMs: 50 })).rejects.toThrow(/no answer within/);
  });

  it("that is another page is none of Prometheus", async () => {
    await using server = await scriptedServer(reply(200, "<html>", { "content-type": "text/html" }));
    await expect(read(server.url)).rejects.toThrow(InputError);
  });
});

describe("a server that answers no more than a day at once", () => {
  const tooMuch = reply(422, { status: "error", error: "the query exceeded the maximum number of chunks" });

  it("is asked for each day, and the series are whole again", async () => {
    const [first, second] = [answerOf([hour(1, 1)]), answerOf([hour(30, 2)])];
    await using server = await scriptedServer(tooMuch, chunked(first), chunked(second));
    const series = await read(server.url);
    expect(series).toHaveLength(1);
    expect(series[0]?.days.map(({ day }) => day)).toEqual([10, 11]);
  });

  it.each([false, true])(
    "is asked for some of the pods; whether their list is partial is told: %s",
    async (isPartial) => {
      const pods = reply(200, { status: "success", isPartial, data: ["api-0", "api-1"] });
      await using server = await scriptedServer(tooMuch, pods, chunked(GOOD), chunked(GOOD));
      const source = remoteReadSource({ url: server.url, retries: 0 });
      const day = { startMs: 10 * DAY_MS, endMs: 11 * DAY_MS };
      expect(await source.read("shop", day)).toMatchObject({ incomplete: isPartial });
    },
  );

  it("rejects where even a day of one pod is too much", async () => {
    const onePod = reply(200, { status: "success", data: ["api-0"] });
    await using server = await scriptedServer(tooMuch, tooMuch, onePod);
    await expect(read(server.url)).rejects.toThrow(QueryLimitError);
  });
});

describe("a server that has no remote read", () => {
  const one = { status: "success", data: { resultType: "vector", result: [] } };

  it.each([
    ["has no such path", reply(404, "404 page not found")],
    ["allows no such method", reply(405, "")],
    ["takes the request for a bad one", reply(400, "unsupported path")],
    ["forbids it", reply(403, "forbidden")],
    ["has not implemented it", reply(501, "")],
    ["has a page for everything", reply(200, "<html>", { "content-type": "text/html" })],
    ["is too old for chunks", reply(200, "", { "content-type": "application/x-protobuf" })],
  ])("is found out where it %s but answers queries", async (_, no) => {
    await using server = await scriptedServer(no, reply(200, one));
    expect(await probeRemoteRead(openEndpoint({ url: server.url }))).toBe(false);
  });

  it("and no queries either says the same as a query", async () => {
    await using server = await scriptedServer(reply(401, ""), reply(401, ""));
    await expect(probeRemoteRead(openEndpoint({ url: server.url }))).rejects.toThrow(
      /wants to know who asks/,
    );
    await expect(
      probeRemoteRead(openEndpoint({ url: "http://127.0.0.1:1", retryDelayMs: 1 })),
    ).rejects.toThrow(/cannot reach Prometheus/);
  });
});

async function read(url: string, options: Partial<PrometheusOptions> = {}): Promise<readonly SeriesDays[]> {
  const source = remoteReadSource({ url, retries: 2, retryDelayMs: 1, ...options });
  return (await source.read("shop", WINDOW)).series;
}
