import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { InputError } from "../../../src/domain/input-error.ts";
import { type OwnSource, ownModule } from "../../../src/usage/providers/own-module.ts";
import { PROVIDER_LIMITS, type ProviderLimits } from "../../../src/usage/providers/provider-source.ts";
import { LEAD_MS } from "../../../src/usage/day-sketcher.ts";
import { DAY_MS } from "../../../src/usage/usage.ts";
import { listening } from "./listening.ts";

const DAY = 20_000;
const START = DAY * DAY_MS;
const WINDOW = { startMs: START, endMs: START + 2 * DAY_MS };
const EXAMPLES = path.join(import.meta.dirname, "../../../docs/examples");

let folder: string;
let modules = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "loadline-provider-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A module whose provider's `series` has this body. */
async function open(
  body: string,
  limits: Partial<ProviderLimits> = {},
  text = `export default (options, context) => ({ async *series({ namespace, startMs, endMs, signal }) { ${body} } });`,
): Promise<OwnSource> {
  const file = `./provider-${++modules}.mjs`;
  await writeFile(path.join(folder, file), text);
  const context = { cluster: "prod", folder, warn: () => {} };
  return ownModule(file, { answer: 42 }, context, { ...PROVIDER_LIMITS, ...limits });
}

const SERIES = `{ resource: "cpu", pod: "api-1", container: "app", kind: "gauge", timesMs: [${START}], values: [1] }`;

/** What reading says where the series is changed so. */
async function faultOf(change: string, limits: Partial<ProviderLimits> = {}): Promise<Error> {
  const source = await open(`yield { ...${SERIES}, ${change} };`, limits);
  return await source.read("shop", WINDOW).then(
    () => new Error("no fault"),
    (error: Error) => error,
  );
}

async function openingFault(text: string): Promise<Error> {
  return await open("", {}, text).then(
    () => new Error("no fault"),
    (error: Error) => error,
  );
}

describe("the example for Graphite", () => {
  let graphite: Server;
  const asked: URL[] = [];

  beforeAll(async () => {
    graphite = createServer(({ url, headers }, response) => {
      const query = new URL(url ?? "", "http://graphite");
      asked.push(query);
      if (headers.authorization !== "Bearer a-token") return response.writeHead(401).end();
      const [, namespace, , , resource] = (query.searchParams.get("target") ?? "").split(".");
      const value = resource === "cpu" ? 0.25 : 1e8;
      const from = Number(query.searchParams.get("from"));
      const datapoints = Array.from({ length: 2000 }, (_, minute) => [
        minute % 10 === 0 ? null : value + minute * value * 1e-3,
        from + minute * 60,
      ]);
      const target = `kubernetes.${namespace}.api-7d4b9c-x2x4v.app.${resource}`;
      return response.end(JSON.stringify([{ target, datapoints }]));
    });
    await listening(graphite);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    graphite.close();
  });

  it("gives the days of every container of a namespace", async () => {
    const url = await listening(graphite);
    vi.stubEnv("GRAPHITE_TOKEN", "a-token");
    const context = { cluster: "prod", folder: EXAMPLES, warn: () => {} };
    await using source = await ownModule("./graphite-metrics.ts", { url }, context);
    const { series } = await source.read("shop", WINDOW);
    expect(
      series.map(({ pod, container, resource, days }) => [pod, container, resource, days.length]),
    ).toEqual([
      ["api-7d4b9c-x2x4v", "app", "cpu", 2],
      ["api-7d4b9c-x2x4v", "app", "memory", 2],
    ]);
    // What leads up to the window is asked for too, and is in no day of it.
    const [first] = series[0]?.days ?? [];
    expect(Number(asked[0]?.searchParams.get("from")) * 1000).toBe(START - LEAD_MS);
    expect([first?.day, first?.values.count, first?.coveredSeconds]).toEqual([DAY, 1296, DAY_MS / 1000]);
    expect(first?.values.min).toBeCloseTo(0.25 * 1.075, 12);
    expect(source.protocol).toBe("provider ./graphite-metrics.ts");
    expect(source.cost.requests).toBe(1);
  });

  it("says what went wrong, and with which provider", async () => {
    const url = await listening(graphite);
    vi.stubEnv("GRAPHITE_TOKEN", "wrong");
    const context = { cluster: "prod", folder: EXAMPLES, warn: () => {} };
    const source = await ownModule("./graphite-metrics.ts", { url }, context);
    await expect(source.read("shop", WINDOW)).rejects.toThrow(
      /^provider \.\/graphite-metrics\.ts, namespace shop: Graphite answered 401$/,
    );
  });
});

describe("a provider of one's own", () => {
  it("gives counters as rates, with owners and images", async () => {
    const source = await open(`
      yield { resource: "cpu", pod: "api-1", container: "app", kind: "counter", image: "shop/api:2",
        owner: { kind: "Deployment", name: "api" },
        timesMs: new Float64Array([${START} - 60000, ${START}, ${START} + 60000, ${START} + 120000]),
        values: [100, 130, 6, 36] };`);
    const { series, owners, images } = await source.read("shop", WINDOW);
    const [day] = series[0]?.days ?? [];
    expect([day?.values.count, day?.values.min, day?.values.max]).toEqual([3, 0.1, 0.5]);
    expect(owners).toEqual([{ pod: "api-1", kind: "Deployment", name: "api" }]);
    expect(images).toEqual([{ pod: "api-1", container: "app", image: "shop/api:2" }]);
  });

  it("is given the options of the configuration and where it stands, and is closed at the end", async () => {
    const source = await open(
      "",
      {},
      `export default ({ answer }, { cluster, warn }) => ({
         async series() {
           return [{ ...${SERIES}, pod: cluster + "-" + answer }];
         },
         close() { globalThis.closedProviders = (globalThis.closedProviders ?? 0) + 1; },
       });`,
    );
    expect((await source.read("shop", WINDOW)).series[0]?.pod).toBe("prod-42");
    await source[Symbol.asyncDispose]();
    expect(Reflect.get(globalThis, "closedProviders")).toBe(1);
  });

  it.each([
    [
      "timesMs: [1]",
      /cpu of api-1\/app: timesMs\[0\] is 1: Unix milliseconds are wanted, this looks like seconds/,
    ],
    [`timesMs: [${START}, ${START}], values: [1, 1]`, /timesMs\[1\] is not later than the one before/],
    ["timesMs: [NaN]", /timesMs\[0\] is NaN/],
    ["values: [1, 2]", /1 times, but 2 values/],
    ["values: [-1]", /values\[0\] is -1, which is no number of cores/],
    [
      "values: [2500]",
      /values\[0\] is 2500, which is no number of cores \(are these millicores or nanocores\?\)/,
    ],
    ["values: [Infinity]", /values\[0\] is Infinity/],
    ["kind: 'counter', values: [-1]", /values\[0\] is -1, which no counter shows/],
    ["kind: 'counter', resource: 'memory'", /memory is a gauge/],
    ["values: ['1']", /series 1: values: is no array of numbers/],
    ["values: undefined", /series 1: values: is no array of numbers/],
    ["pod: '../x'", /series 1: pod: is no name of a pod or container/],
    ["resource: 'disk'", /series 1: resource: /],
    ["owner: { kind: 'Pod', name: 'x' }", /series 1: owner.kind: /],
  ])("that gives %s is told so", async (change, told) => {
    const error = await faultOf(change);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(told);
    expect(error.message).toMatch(/^provider \.\/provider-\d+\.mjs, namespace shop: /);
  });

  it("may leave moments out as NaN", async () => {
    const source = await open(
      `yield { ...${SERIES}, timesMs: [${START}, ${START} + 6e4, ${START} + 12e4], values: [1, NaN, 3] };`,
    );
    expect((await source.read("shop", WINDOW)).series[0]?.days[0]?.values.count).toBe(2);
  });

  it("that never ends, gives no end of series or of samples, or hangs, is stopped", async () => {
    const endless = await open(`for (;;) yield ${SERIES};`, { series: 1000 });
    await expect(endless.read("shop", WINDOW)).rejects.toThrow(/more than 1000 series/);
    const much = await open(`for (;;) yield ${SERIES};`, { samples: 10 });
    await expect(much.read("shop", WINDOW)).rejects.toThrow(/more than 10 samples/);
    const hangs = await open(
      `yield ${SERIES};
       await new Promise((_, reject) => signal.addEventListener("abort", () => { globalThis.letGo = true; }));`,
      { readMs: 50 },
    );
    await expect(hangs.read("shop", WINDOW)).rejects.toThrow(/not all of it came within 0.05 s/);
    expect(Reflect.get(globalThis, "letGo")).toBe(true);
  });

  it("that throws is named, with its first line", async () => {
    const source = await open('throw new Error("no route to host\\nat somewhere");');
    await expect(source.read("shop", WINDOW)).rejects.toThrow(
      /^provider .*, namespace shop: no route to host$/,
    );
  });

  it.each([
    ["export const provider = 1;", /its default export is no function/],
    ["export default () => ({});", /what its default export returns has no function series/],
    ["export default () => { throw new Error('no address'); };", /can't be opened: no address/],
    ["throw new Error('at once');", /can't be loaded: at once/],
    ["import './nothing.mjs';", /can't be loaded: /],
    ["export default {", /can't be loaded: /],
  ])("that is %s is refused when it is opened", async (text, told) => {
    const error = await openingFault(text);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(told);
    expect(error.message).not.toContain(folder);
  });

  it("that is not there is refused by the name that the configuration gives it", async () => {
    const missing = ownModule("./missing.ts", {}, { cluster: "prod", folder, warn: () => {} });
    await expect(missing).rejects.toThrow(/^provider \.\/missing\.ts: can't be loaded: /);
  });
});
