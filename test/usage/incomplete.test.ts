import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Workload } from "../../src/domain/workload.ts";
import { observeUsage } from "../../src/usage/observe.ts";
import { openUsage } from "../../src/usage/open-usage.ts";
import { openUsageStore } from "../../src/usage/store/open-usage-store.ts";
import { DAY_MS } from "../../src/usage/usage.ts";
import type { UsageStore } from "../../src/usage/usage-store.ts";
import { reply, type Reply, type ScriptedRequest, scriptedServer } from "../support/scripted-server.ts";

const endMs = 20_500 * DAY_MS;
const window = { startMs: endMs - 2 * DAY_MS, endMs };

/** A server of PromQL that has an hour of memory of one pod; `more` stands beside its data. */
function server(more: (query: string) => object | number = () => ({})): Reply {
  return (response, request) => {
    const { query = "" } = request.fields;
    const said = isQuery(request) ? more(query) : 403;
    if (typeof said === "number") return reply(said, "no")(response, request);
    reply(200, { status: "success", data: dataOf(request), ...said })(response, request);
  };
}

function isQuery({ path: asked }: ScriptedRequest): boolean {
  return asked === "/api/v1/query" || asked === "/api/v1/query_range";
}

function dataOf({ path: asked, fields: { query = "" } }: ScriptedRequest): object {
  if (!query.includes("container_memory_working_set_bytes"))
    return { resultType: asked.endsWith("range") ? "matrix" : "vector", result: [] };
  const namespace = /namespace="(\w+)"/.exec(query)?.[1] ?? "";
  const metric = {
    __name__: "container_memory_working_set_bytes",
    namespace,
    pod: "api-0",
    container: "app",
  };
  const values = Array.from({ length: 60 }, (_, minute) => [window.startMs / 1000 + minute * 60, "1000000"]);
  return { resultType: "matrix", result: [{ metric, values }] };
}

function workload(namespace: string): Workload {
  return {
    kind: "StatefulSet",
    namespace,
    name: "api",
    labels: {},
    annotations: {},
    containers: [],
    autoscalers: [],
  };
}

describe("days that may lack something", () => {
  let folder: string;
  let store: UsageStore;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "loadline-incomplete-"));
    store = await openUsageStore(folder, () => undefined);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function observed(answer: Reply, namespaces: readonly string[] = ["shop"], urls: string[] = []) {
    await using one = await scriptedServer(...Array.from({ length: 200 }, () => answer));
    const open = [one.url, ...urls].map((url) => ({ url, retries: 0, protocol: "promql" as const }));
    const { usage, series } = await openUsage(open, () => undefined);
    const seen = new Map<string, number>();
    let isPartial = false;
    const warnings = await observeUsage(
      { source: usage, owners: series, store, sourceKey: "test" },
      namespaces.map(workload),
      window,
      (namespace, found, partial) => {
        seen.set(namespace, found.size);
        isPartial ||= partial;
      },
    );
    return { seen, warnings, isPartial, kept: [...(await store.kept("test")).keys()] };
  }

  it("are kept where a server says nothing of the kind", async () => {
    const { seen, kept, isPartial } = await observed(server());
    expect(seen).toEqual(new Map([["shop", 1]]));
    expect(kept).toEqual(["shop"]);
    expect(isPartial).toBe(false);
  });

  it("are kept although a query is found odd", async () => {
    const odd = { warnings: ["PromQL info: metric might not be a counter"] };
    expect((await observed(server(() => odd))).kept).toEqual(["shop"]);
  });

  it.each([
    ["Thanos lacks a store", { warnings: ["receive series from Addr: store-1: connection refused"] }],
    ["VictoriaMetrics lacks a node", { isPartial: true }],
  ])("are not kept, and known to be partial, where %s", async (_, said) => {
    const { seen, kept, isPartial } = await observed(server(() => said));
    expect(seen).toEqual(new Map([["shop", 1]]));
    expect(kept).toEqual([]);
    expect(isPartial).toBe(true);
  });

  it("are not partial where one of two replicas has everything", async () => {
    await using other = await scriptedServer(...Array.from({ length: 200 }, () => server()));
    const lacks = server(() => ({ isPartial: true }));
    expect(await observed(lacks, ["shop"], [other.url])).toMatchObject({ kept: [], isPartial: false });
  });

  it.each([
    "container_memory_working_set_bytes",
    "container_oom_events_total",
    "kube_pod_container_info",
    "kube_pod_owner",
  ])("are not kept where only %s is partial", async (metric) => {
    const said = server((query) => (query.includes(metric) ? { isPartial: true } : {}));
    expect((await observed(said)).kept).toEqual([]);
  });

  it.each([
    [false, ["shop"]],
    [true, []],
  ])(
    "are read pod by pod where that is too much: the list of pods is partial, %j",
    async (isPartial, kept) => {
      const usual = server((query) => (/working_set/.test(query) && !query.includes("pod=~") ? 422 : {}));
      const answer: Reply = (response, request) =>
        request.path.startsWith("/api/v1/label/")
          ? reply(200, { status: "success", isPartial, data: ["api-0", "api-1"] })(response, request)
          : usual(response, request);
      const read = await observed(answer);
      expect(read.seen).toEqual(new Map([["shop", 1]]));
      expect(read.kept).toEqual(kept);
    },
  );

  it("are not kept where OOM kills could not be read: they would never be known", async () => {
    const failing = server((query) => (query.includes("oom_events") ? 500 : {}));
    const { seen, kept } = await observed(failing);
    expect(seen).toEqual(new Map([["shop", 1]]));
    expect(kept).toEqual([]);
  });

  it("are not kept where one of two replicas fails", async () => {
    await using other = await scriptedServer(...Array.from({ length: 100 }, () => reply(500, "no")));
    expect((await observed(server(), ["shop"], [other.url])).kept).toEqual([]);
  });

  it("are not kept where one of two replicas can't even be reached", async () => {
    const nobody = { url: "http://127.0.0.1:1", retries: 0 };
    await using one = await scriptedServer(...Array.from({ length: 20 }, () => server()));
    const open = await openUsage([{ url: one.url, protocol: "promql" }, nobody], () => undefined);
    expect(await open.usage.read("shop", window)).toMatchObject({ incomplete: true });
  });

  it("of a namespace that fails are left out and told; the others go on", async () => {
    const failing = server((query) =>
      query.includes('namespace="blog"') && query.includes("working_set") ? 500 : {},
    );
    const { seen, warnings, kept } = await observed(failing, ["blog", "shop", "wiki"]);
    expect(Object.fromEntries(seen)).toEqual({ blog: 0, shop: 1, wiki: 1 });
    expect(warnings).toContainEqual(expect.stringMatching(/^namespace blog: .* 500/));
    expect(kept.toSorted()).toEqual(["shop", "wiki"]);
  });

  it("are a fault where a server fails for many namespaces, one after the other, and not where some can be read", async () => {
    const names = Array.from({ length: 24 }, (_, index) => `n${String(index).padStart(2, "0")}`);
    const failing = (fails: (index: number) => boolean): Reply =>
      server((query) => {
        const [, index] = /namespace="n(\d\d)"/.exec(query) ?? [];
        return query.includes("working_set") && fails(Number(index)) ? 500 : {};
      });
    await expect(
      observed(
        failing((index) => index >= 8),
        names,
      ),
    ).rejects.toThrow(/500/);
    const { seen } = await observed(
      failing((index) => index % 2 === 1),
      names,
    );
    expect([...seen.values()].filter((found) => found === 1)).toHaveLength(12);
  });

  it("are a fault where no namespace can be read", async () => {
    const failing = server((query) => (query.includes("working_set") ? 500 : {}));
    await expect(observed(failing, ["blog", "shop"])).rejects.toThrow(/500/);
  });
});
