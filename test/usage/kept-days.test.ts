import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { SeriesSource } from "../../src/metrics/series-source.ts";
import { DaySketcher } from "../../src/usage/day-sketcher.ts";
import { observeUsage, type ObserveSetup } from "../../src/usage/observe.ts";
import { openUsageStore } from "../../src/usage/store/open-usage-store.ts";
import { type ContainerDay, DAY_MS } from "../../src/usage/usage.ts";
import type { NamespaceUsage, SeriesDays, UsageSource } from "../../src/usage/usage-source.ts";
import type { UsageStore } from "../../src/usage/usage-store.ts";
import { withHistory } from "../../src/usage/with-history.ts";
import { workload } from "../advice/workload.ts";

const API = workload({ kind: "StatefulSet", namespace: "shop", name: "api" });

/** Memory of two pods on each day of a window, and whatever else is said. */
function sourceOf(more: Partial<NamespaceUsage> = {}, tookMs = 0): UsageSource {
  return {
    protocol: "",
    cost: { requests: 0, bytes: 0 },
    read: async (_, { startMs, endMs }) => {
      await delay(tookMs);
      const days = Array.from({ length: (endMs - startMs) / DAY_MS }, (_, index) => startMs + index * DAY_MS);
      return { series: [seriesOf("api-0", days), seriesOf("api-1", days)], events: [], images: [], ...more };
    },
  };
}

function seriesOf(pod: string, timesMs: readonly number[]): SeriesDays {
  const sketcher = new DaySketcher("gauge");
  sketcher.add(Float64Array.from(timesMs), new Float64Array(timesMs.length).fill(2 ** 20), timesMs.length);
  return { resource: "memory", pod, container: "app", job: "", days: sketcher.finish() };
}

describe("days that are kept", () => {
  let folder: string;
  let store: UsageStore;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "loadline-kept-"));
    store = await openUsageStore(folder, () => undefined);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** What is known of the first days up to `toDay`, the last of which still grows. */
  async function daysUntil(toDay: number, setup: Omit<ObserveSetup, "store" | "sourceKey">) {
    const days: ContainerDay[] = [];
    const warnings = await observeUsage(
      { ...setup, store, sourceKey: "test" },
      [API],
      { startMs: 0, endMs: toDay * DAY_MS },
      (_, usage) => days.push(...[...usage.values()].flatMap(({ containers }) => containers[0]?.days ?? [])),
    );
    const pages = await store.load("test", "shop", [0, 1, 2]);
    const kept = Object.fromEntries([...pages].map(([day, page]) => [day, page.map(({ pod }) => pod)]));
    return { seen: days.map(({ day, pod }) => `${pod} on day ${day}`), kept, warnings };
  }

  const ALL = { 0: ["api-0", "api-1"], 1: ["api-0", "api-1"] };
  const SEEN = [0, 1, 2].flatMap((day) => ["api-0", "api-1"].map((pod) => `${pod} on day ${day}`));

  it("stay whole when a pod that lives still remembers a kill of one of them", async () => {
    const oomKills = [{ container: "app", atMs: DAY_MS / 2 }];
    const pods = [{ namespace: "shop", name: "api-0", images: new Map(), oomKills }];
    const ask = () => Promise.resolve({ pods, revisions: [], warnings: [] });
    const source = withHistory(sourceOf(), ask, () => undefined);
    await daysUntil(2, { source });
    const { seen, kept } = await daysUntil(3, { source });
    expect(kept).toEqual(ALL);
    expect(seen).toEqual(SEEN);
  });

  it("stay whole whatever a source tells of days it was not asked for", async () => {
    const counted = { throttledPeriods: 0, periods: 0, oomKills: 1, restarts: 1 };
    await daysUntil(2, { source: sourceOf() });
    const events = [{ pod: "api-0", container: "app", day: 0, ...counted }];
    const { seen, kept } = await daysUntil(3, { source: sourceOf({ events }) });
    expect(kept).toEqual(ALL);
    expect(seen).toEqual(SEEN);
  });

  it("are none where nothing is measured, which is told", async () => {
    const { kept, warnings } = await daysUntil(3, { source: sourceOf({ series: [] }) });
    expect(kept).toEqual({});
    expect(warnings).toEqual([
      expect.stringMatching(/^what containers used was not measured at all; in a Prom/),
    ]);
    expect((await daysUntil(3, { source: sourceOf() })).warnings).toEqual([]);
  });

  it("are not made of the part of a day with which a window begins", async () => {
    const window = { startMs: DAY_MS / 2, endMs: 2.5 * DAY_MS };
    await observeUsage({ source: sourceOf(), store, sourceKey: "test" }, [API], window, () => {});
    expect([...(await store.kept("test"))]).toEqual([["shop", [1]]]);
  });

  it("are not made of what a cluster that did not answer left out", async () => {
    const source = withHistory(
      sourceOf(),
      () => Promise.reject(new Error("503")),
      () => undefined,
    );
    const { seen, kept } = await daysUntil(2, { source });
    expect(kept).toEqual({});
    expect(seen).toEqual(SEEN.slice(0, 4));
  });

  it("that are damaged, and of a time whose owners can't be had, are a fault that is caught", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    onTestFinished(() => void process.off("unhandledRejection", listen));
    await daysUntil(2, { source: sourceOf() });
    using database = new DatabaseSync(path.join(folder, "usage.sqlite"));
    database.exec("UPDATE loadline_usage_pages SET page = zeroblob(99)");
    const none = () => Promise.resolve([]);
    const owners: SeriesSource = {
      gauge: none,
      rate: none,
      increase: none,
      last: ({ window }) => (window.startMs === 0 ? Promise.reject(new Error("gone")) : Promise.resolve([])),
      cost: { requests: 0, bytes: 0 },
    };
    await expect(daysUntil(3, { source: sourceOf({}, 20), owners })).rejects.toThrow("gone");
    expect(unhandled).toEqual([]);
  });
});
