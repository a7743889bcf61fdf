import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { measureTrial, toldWindow } from "../../src/sweep/trials/measure-trial.ts";
import { at, HOUR, START, trial } from "../trial/model.ts";

const MINUTE = 60_000;
const MI = 2 ** 20;

describe("what a pod used during its trial", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "loadline-measure-"));
    await writeFile(path.join(folder, "usage.om"), recording());
  });
  afterAll(() => rm(folder, { recursive: true }));

  const measure = async (name: string) => {
    const text = `version: 1\nclusters: [{ name: prod, metricsFile: usage.om }]\n`;
    const [cluster] = parseConfig(text, "loadline.yaml").clusters;
    if (!cluster) throw new Error("no cluster");
    const window = { startMs: START, endMs: START + HOUR };
    const tried = trial({ pod: { name, uid: "u" } });
    return await measureTrial(cluster, tried, window, folder, () => {});
  };

  it("stands beside what it used as long before, and is of this pod and container alone", async () => {
    const seen = await measure("api-1");
    expect(seen?.seconds).toBe(3600);
    const [app] = seen?.containers ?? [];
    expect(app?.before.cpu?.p95Cores).toBeCloseTo(0.1, 3);
    expect(app?.during.cpu?.maxCores).toBeCloseTo(0.2, 3);
    expect([app?.before.memory, app?.during.memory]).toEqual([
      { maxBytes: 100 * MI },
      { maxBytes: 150 * MI },
    ]);
    expect(app?.before.throttled).toBe(0);
    expect(app?.during.throttled).toBeCloseTo(0.25, 1);
  });

  it("is left out where nothing was measured", async () => {
    const none = { cpu: undefined, memory: undefined, throttled: undefined };
    expect((await measure("nobody"))?.containers).toEqual([{ name: "app", before: none, during: none }]);
  });

  it("is told of every ten minutes, and of the whole at the end", () => {
    const told = (minutes: number, change = {}): number | undefined => {
      const window = toldWindow(trial({ resizedAt: at(START), ...change }), START + minutes * MINUTE);
      return window && (window.endMs - window.startMs) / MINUTE;
    };
    expect([9, 10, 19, 20, 61].map((minutes) => told(minutes))).toEqual([undefined, 10, 10, 20, 60]);
    expect(told(90, { ended: { at: at(START + 7 * MINUTE), how: "stopped" } })).toBe(7);
    expect(toldWindow(trial(), START + HOUR)).toBeUndefined();
  });
});

/** Two pods, one sample a minute, for an hour on each side of the start. */
function recording(): string {
  const counters = {
    container_cpu_usage_seconds: (minute: number) => 6 * minute + 6 * Math.max(0, minute - 60),
    container_cpu_cfs_periods: (minute: number) => 600 * minute,
    container_cpu_cfs_throttled_periods: (minute: number) => 150 * Math.max(0, minute - 60),
  };
  const samples = (of: (labels: string, minute: number, seconds: number) => string): string[] =>
    ["api-1", "api-2"].flatMap((pod, index) =>
      Array.from({ length: 121 }, (_, minute) => {
        const labels = `{namespace="shop",pod="${pod}",container="app"}`;
        return of(labels, minute * (index === 0 ? 1 : 3), START / 1000 + (minute - 60) * 60);
      }),
    );
  const lines = Object.entries(counters).flatMap(([name, value]) => [
    `# TYPE ${name} counter`,
    ...samples((labels, minute, seconds) => `${name}_total${labels} ${value(minute)} ${seconds}`),
  ]);
  return [
    ...lines,
    "# TYPE container_memory_working_set_bytes gauge",
    ...samples(
      (labels, minute, seconds) =>
        `container_memory_working_set_bytes${labels} ${(minute < 61 ? 100 : 150) * MI} ${seconds}`,
    ),
    "# EOF",
    "",
  ].join("\n");
}
