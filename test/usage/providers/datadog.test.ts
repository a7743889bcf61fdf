import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { InputError } from "../../../src/domain/input-error.ts";
import { datadogSource } from "../../../src/usage/providers/datadog/datadog-source.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import api from "./datadog-api.json" with { type: "json" };
import { listening } from "./listening.ts";

const DAY = 20_000;
const WINDOW = { startMs: DAY * DAY_MS, endMs: (DAY + 2) * DAY_MS - 3_600_000 };
const KEYS = { DD_API_KEY: "an-api-key", DD_APP_KEY: "an-app-key" };

const ajv = new Ajv2020();
ajv.addSchema(api, "api");
const Request = z.object({
  data: z.object({
    attributes: z.object({
      from: z.number(),
      to: z.number(),
      interval: z.number(),
      queries: z.array(z.object({ query: z.string() })),
    }),
  }),
});
type Asked = z.infer<typeof Request>["data"]["attributes"];

let server: Server;
let url: string;
let asked: Asked[];
/** What the next requests are answered with, in the place of usage. */
let faults: { status: number; body?: string; headers?: Record<string, string> }[];
let groups: string[][];

/** Holds what is asked, and what it answers itself, against the description of the API. */
beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const body: unknown = JSON.parse(await text(request));
      const told = ["dd-api-key", "dd-application-key"].map((name) => request.headers[name]);
      const fault = faults.shift();
      if (fault) return response.writeHead(fault.status, fault.headers).end(fault.body);
      if (request.method !== "POST" || request.url !== "/api/v2/query/timeseries")
        return response.writeHead(404).end();
      if (told.join() !== "an-api-key,an-app-key") return response.writeHead(403).end();
      if (!ajv.validate("api#/$defs/request", body))
        return response.writeHead(400).end(JSON.stringify({ errors: [ajv.errorsText()] }));
      const { attributes } = Request.parse(body).data;
      asked.push(attributes);
      const answer = answerTo(attributes);
      if (!ajv.validate("api#/$defs/response", answer))
        return response.writeHead(418).end(JSON.stringify({ errors: [ajv.errorsText()] }));
      response.end(JSON.stringify(answer));
    })();
  });
  url = await listening(server);
});
afterAll(() => server.close());
beforeEach(() => {
  [asked, faults] = [[], []];
  groups = [["pod_name:api-1", "kube_container_name:app"]];
});

/** Half a core in nanocores, and 100 MB; nothing in the first minute of each request. */
function answerTo({ from, to, interval, queries }: Asked): object {
  const times = Array.from({ length: (to - from) / interval }, (_, index) => from + index * interval);
  const series = queries.flatMap((_, query_index) =>
    groups.map((group_tags) => ({ group_tags, query_index })),
  );
  const values = series.map(({ query_index }) =>
    times.map((_, index) => (index === 0 ? null : query_index === 0 ? 5e8 : 1e8)),
  );
  return { data: { type: "timeseries_response", attributes: { series, times, values } } };
}

const source = (options = {}) => datadogSource({ url, ...options }, KEYS);

describe("Datadog", () => {
  it("is asked once for each day of a namespace, as its API is described, and gives cores and bytes", async () => {
    const datadog = source({ tags: ["kube_cluster_name:prod"] });
    const { series } = await datadog.read("shop", WINDOW);
    expect(
      series.map(({ resource, pod, container, days }) => [
        `${resource} ${pod} ${container}`,
        ...days.map(({ day, values }) => [day, values.count, values.min, values.max]),
      ]),
    ).toEqual([
      ["cpu api-1 app", [DAY, 1439, 0.5, 0.5]],
      ["memory api-1 app", [DAY, 1439, 1e8, 1e8]],
      ["cpu api-1 app", [DAY + 1, 1379, 0.5, 0.5]],
      ["memory api-1 app", [DAY + 1, 1379, 1e8, 1e8]],
    ]);
    expect(asked.map(({ from, to, interval }) => [from, to, interval])).toEqual([
      [WINDOW.startMs, WINDOW.startMs + DAY_MS, 60_000],
      [WINDOW.startMs + DAY_MS, WINDOW.endMs, 60_000],
    ]);
    expect(asked[0]?.queries.map(({ query }) => query)).toEqual([
      "max:kubernetes.cpu.usage.total{kube_namespace:shop,kube_cluster_name:prod} by {pod_name,kube_container_name}.rollup(avg, 60)",
      "max:kubernetes.memory.working_set{kube_namespace:shop,kube_cluster_name:prod} by {pod_name,kube_container_name}.rollup(max, 60)",
    ]);
    expect(datadog.cost.requests).toBe(2);
    expect(datadog.cost.bytes).toBeGreaterThan(10_000);
  });

  it("may tell of whole pods, which no container is", async () => {
    groups = [["pod_name:api-1", "kube_container_name:N/A"], ["pod_name:api-1"], []];
    expect((await source().read("shop", WINDOW)).series).toEqual([]);
  });

  it("may be busy for a moment", async () => {
    faults = [{ status: 503 }, { status: 429, headers: { "x-ratelimit-reset": "0" } }];
    expect((await source().read("shop", { ...WINDOW, endMs: WINDOW.startMs + DAY_MS })).series).toHaveLength(
      2,
    );
  });

  it.each([
    [{ status: 403 }, /refuses the keys \(403\): check DD_API_KEY, DD_APP_KEY/],
    [{ status: 400, body: '{"errors":["no such metric"]}' }, /answered 400: "no such metric"/],
    [{ status: 302, headers: { location: "http://elsewhere.example" } }, /answered 302/],
    [{ status: 200, body: "<html>" }, /answered with no time series/],
    [{ status: 200, body: '{"errors":"a timeout"}' }, /answered with no time series: "a timeout"/],
  ])("that answers %j is told, without the keys", async (fault, told) => {
    faults = [fault];
    const error: unknown = await source()
      .read("shop", WINDOW)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ message: expect.stringMatching(told) });
    expect(String(error)).not.toMatch(/an-a/);
  });

  it.each([
    [{ site: "https://datadoghq.eu" }, KEYS, /options of datadog: site: is no site such as datadoghq.eu/],
    [{ tags: ["a} by {x"] }, KEYS, /options of datadog: tags.0: is no tag/],
    [{ apiKey: "x" }, KEYS, /options of datadog: they: Unrecognized key/],
    [{}, { DD_API_KEY: "x" }, /set DD_API_KEY and DD_APP_KEY/],
  ])("refuses %j with %j", (options, environment, told) => {
    expect(() => datadogSource(options, environment)).toThrow(told);
  });
});
