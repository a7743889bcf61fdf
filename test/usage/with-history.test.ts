import { describe, expect, test } from "vitest";
import type { KnownPod, PodHistory, Revision } from "../../src/domain/pod-history.ts";
import { containerDays } from "../../src/usage/container-days.ts";
import { DaySketcher } from "../../src/usage/day-sketcher.ts";
import { DAY_MS } from "../../src/usage/usage.ts";
import type { NamespaceUsage, SeriesDays, UsageSource } from "../../src/usage/usage-source.ts";
import { withHistory } from "../../src/usage/with-history.ts";

const NO_USAGE: NamespaceUsage = { series: [], events: [], images: [] };

/** Memory of some days, without a word of images. */
function series(pod: string, days: readonly number[]): SeriesDays {
  const sketcher = new DaySketcher("gauge");
  const times = Float64Array.from(days, (day) => day * DAY_MS);
  sketcher.add(times, new Float64Array(days.length).fill(2 ** 20), days.length);
  return { resource: "memory", pod, container: "app", job: "", days: sketcher.finish() };
}

function revision(
  kind: Revision["workload"]["kind"],
  name: string,
  number: number,
  day: number,
  image: string,
): Revision {
  const workload = { kind, name: "api" };
  return {
    namespace: "shop",
    name,
    workload,
    number,
    madeMs: day * DAY_MS,
    images: new Map([["app", image]]),
  };
}

function pod(name: string, change: Partial<KnownPod> = {}): KnownPod {
  return { namespace: "shop", name, images: new Map([["app", "api:2"]]), oomKills: [], ...change };
}

async function daysOf(usage: NamespaceUsage, history: Partial<PodHistory>) {
  const source: UsageSource = {
    protocol: "",
    cost: { requests: 0, bytes: 0 },
    read: async () => await Promise.resolve(usage),
  };
  let asked = 0;
  const warnings: string[] = [];
  const ask = async (): Promise<PodHistory> => {
    asked++;
    return await Promise.resolve({ pods: [], revisions: [], warnings: [], ...history });
  };
  const joined = withHistory(source, ask, (warning) => warnings.push(warning));
  const read = await joined.read("shop", { startMs: 0, endMs: 10 * DAY_MS });
  await joined.read("shop", { startMs: 0, endMs: 10 * DAY_MS });
  const days = containerDays(read, () => undefined);
  return { days, asked, warnings, images: days.map(({ day, image }) => [day, image]) };
}

describe("where a source does not tell which images ran, the cluster does:", () => {
  test("pods of a Deployment, gone ones too, have the image of the ReplicaSet they are named after", async () => {
    const usage = { ...NO_USAGE, series: [series("api-old-x2x4z", [1, 2]), series("api-new-b2b4b", [3])] };
    const revisions = [
      revision("Deployment", "api-old", 1, 0, "api:1"),
      revision("Deployment", "api-new", 2, 3, "api:2"),
    ];
    const { images, asked } = await daysOf(usage, { revisions });
    expect(images).toEqual([
      [1, "api:1"],
      [2, "api:1"],
      [3, "api:2"],
    ]);
    expect(asked).toBe(1);
  });

  test("a pod of a StatefulSet had the image of each revision in turn", async () => {
    const controller = { kind: "StatefulSet", name: "api" };
    const revisions = [
      revision("StatefulSet", "api-b", 3, 5, "api:2"),
      revision("StatefulSet", "api-a", 2, 2, "api:1"),
    ];
    const usage = { ...NO_USAGE, series: [series("api-0", [1, 2, 4, 5, 6])] };
    const { images, days } = await daysOf(usage, { revisions, pods: [pod("api-0", { controller })] });
    expect(images).toEqual([
      [1, undefined],
      [2, "api:1"],
      [4, "api:1"],
      [5, "api:2"],
      [6, "api:2"],
    ]);
    expect(days[0]?.owner).toEqual({ kind: "StatefulSet", name: "api" });
  });

  test("a revision that was gone back to counts since it was made, and what it replaces never", async () => {
    const controller = { kind: "StatefulSet", name: "api" };
    const revisions = [
      revision("StatefulSet", "api-bad", 2, 4, "api:2"),
      revision("StatefulSet", "api-good", 3, 1, "api:1"),
    ];
    const usage = { ...NO_USAGE, series: [series("api-0", [2, 4, 5])] };
    const now = new Map([["app", "api:1"]]);
    const { images } = await daysOf(usage, { revisions, pods: [pod("api-0", { controller, images: now })] });
    expect(images).toEqual([
      [2, "api:1"],
      [4, "api:1"],
      [5, "api:1"],
    ]);
  });

  test("a revision that is held back counts only for the pods that it has reached", async () => {
    const controller = { kind: "StatefulSet", name: "api" };
    const revisions = [
      revision("StatefulSet", "api-a", 1, 2, "api:1"),
      revision("StatefulSet", "api-b", 2, 5, "api:2"),
    ];
    const usage = { ...NO_USAGE, series: ["api-0", "api-1", "api-2"].map((name) => series(name, [4, 6])) };
    const pods = ["api:1", "api:2", "mirror/api:2"].map((image, index) =>
      // What was put into the pod besides is none of the template's.
      pod(`api-${index}`, { controller, images: new Map(Object.entries({ app: image, mesh: "mesh:1" })) }),
    );
    const { days } = await daysOf(usage, { revisions, pods });
    expect(days.map(({ pod: name, day, image }) => [name, day, image])).toEqual([
      ["api-0", 4, "api:1"],
      ["api-1", 4, "api:1"],
      ["api-2", 4, "api:1"],
      ["api-0", 6, "api:1"],
      ["api-1", 6, "api:2"],
      ["api-2", 6, "api:2"],
    ]);
  });

  test("kills for lack of memory count once a day, and more where counters tell more", async () => {
    const usage = {
      ...NO_USAGE,
      series: [series("api-0", [1, 2])],
      events: [
        { pod: "api-0", container: "app", day: 2, throttledPeriods: 7, periods: 9, oomKills: 3, restarts: 0 },
      ],
    };
    const oomKills = [1, 2].map((day) => ({ container: "app", atMs: day * DAY_MS + 1 }));
    const { days } = await daysOf(usage, { pods: [pod("api-0", { oomKills })] });
    expect(days.map(({ events }) => events)).toEqual([
      { throttledPeriods: 0, periods: 0, oomKills: 1, restarts: 1 },
      { throttledPeriods: 7, periods: 9, oomKills: 3, restarts: 1 },
    ]);
  });

  test("kills of days that are not asked for are left to those who ask for them", async () => {
    const usage = { ...NO_USAGE, series: [series("api-0", [1])] };
    const oomKills = [-1, 1, 10].map((day) => ({ container: "app", atMs: day * DAY_MS }));
    const { days } = await daysOf(usage, { pods: [pod("api-0", { oomKills })] });
    expect(days.map(({ day, events }) => [day, events?.oomKills])).toEqual([[1, 1]]);
  });

  test("where the source tells of images itself, nothing is asked", async () => {
    const images = [{ pod: "api-0", container: "app", image: "api:1" }];
    const { asked } = await daysOf({ ...NO_USAGE, series: [series("api-0", [1])], images }, {});
    expect(asked).toBe(0);
  });

  test("what may not be read is a warning, and usage stays as it was", async () => {
    const usage = { ...NO_USAGE, series: [series("api-0", [1])] };
    const { images, warnings } = await daysOf(usage, { warnings: ["Missing permission: …"] });
    expect(images).toEqual([[1, undefined]]);
    expect(warnings).toEqual(["Missing permission: …"]);
  });

  test("days are incomplete where the cluster does not answer, and complete where it may not be asked", async () => {
    const usage = { ...NO_USAGE, series: [series("api-0", [1])] };
    const warnings: string[] = [];
    const readBy = async (ask: () => Promise<PodHistory>): Promise<NamespaceUsage> => {
      const source = { protocol: "", cost: { requests: 0, bytes: 0 }, read: () => Promise.resolve(usage) };
      const window = { startMs: 0, endMs: 10 * DAY_MS };
      return await withHistory(source, ask, (warning) => warnings.push(warning)).read("shop", window);
    };
    const history = { pods: [], revisions: [], warnings: ["Missing permission: …"] };
    expect((await readBy(() => Promise.resolve(history))).incomplete).toBeUndefined();
    expect((await readBy(() => Promise.reject(new Error("503")))).incomplete).toBe(true);
    expect(warnings[1]).toBe("which images ran, and what was killed for lack of memory, is not known: 503");
  });
});
