import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setStage, type Stage } from "../../demo/stage.ts";
import { withLock } from "../../src/sweep/shards/repository-lock.ts";
import { sweep, type SweepResult } from "../../src/sweep/sweep.ts";
import { deployment } from "../gitops/files.ts";
import { postgresAvailable, type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { generateUsage } from "../support/usage-generator.ts";
import { isWrite } from "./deaths.ts";
import { stopDelivering } from "./storefront-stage.ts";

const DAY = 86_400_000;
const END = Date.UTC(2026, 10, 20);
const APPS = Array.from({ length: 12 }, (_, index) => `app-${index}`);
const CONTAINER = '- name: app\n  resources: { requests: { cpu: "1", memory: 1Gi } }';
const OF = 3;

const usage = generateUsage(
  APPS.map((name) => ({
    kind: "Deployment" as const,
    namespace: "shop",
    name,
    containers: [
      {
        name: "app",
        role: "main" as const,
        image: "acme/api:1",
        resources: { requests: { cpu: "1", memory: "1Gi" }, limits: {} },
        cpu: { shape: "steady" as const, low: 0.3 },
        memory: { shape: "steady" as const, low: 4e8 },
      },
    ],
  })),
  { seed: 1, window: { startMs: END - 2 * DAY, endMs: END }, scrapeSeconds: 300 },
);

describe.skipIf(!postgresAvailable)("sweeping by shards, which share a PostgreSQL", () => {
  let stage: Stage;
  let folder: string;
  let server: RunningPostgres;
  beforeAll(async () => {
    server = await startPostgres();
    folder = await mkdtemp(path.join(tmpdir(), "loadline-shards-"));
    for (const name of APPS) {
      await mkdir(path.join(folder, name));
      await writeFile(path.join(folder, name, "app.yaml"), deployment(name, CONTAINER, "shop"));
    }
    stage = await setStage({
      from: folder,
      usage,
      window: "2d",
      config: `store: ${JSON.stringify(server.url)}\npolicy: { window: 2d, guards: { daysOfNewImage: 0 } }\n`,
    });
    await stage.quiet();
    stopDelivering(stage);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const limits = (open: number) => ({ open, perHour: 100, perDay: 100 });
  const sweepAll = async (most: number): Promise<SweepResult[]> => {
    const { config } = stage.setup;
    const setup = {
      ...stage.setup,
      config: { ...config, pullRequests: { ...config.pullRequests, limits: limits(most) } },
    };
    return await Promise.all(
      Array.from(
        { length: OF },
        async (_, index) => await sweep({ ...setup, shard: { number: index + 1, of: OF } }),
      ),
    );
  };
  const branches = () => stage.repository.pulls().map(({ pull }) => pull.head.ref);

  it("opens no more than the limits allow, though all look at the same time", async () => {
    const swept = await sweepAll(5);
    expect(swept.flatMap(({ failures }) => failures)).toEqual([]);
    expect(branches()).toHaveLength(5);
  });

  it("opens each pull request once, and every one of them", async () => {
    const swept = await sweepAll(100);
    const names = branches().map((branch) => /^loadline\/(app-\d+)-/.exec(branch)?.[1]);
    expect([names.length, new Set(names)]).toEqual([APPS.length, new Set(APPS)]);
    const looked = swept.map(({ containers }) => containers.map(({ workload }) => workload.name));
    expect(looked.flat().toSorted()).toEqual(APPS.toSorted());
    for (const part of looked) expect(part.length).toBeGreaterThan(0);
  });

  it("writes nothing when nothing has changed", async () => {
    const since = stage.github.mark();
    await sweepAll(100);
    expect(since().filter(isWrite)).toEqual([]);
  });

  it("a lock is held by one at a time, and given up by a failure", async () => {
    let inside = 0;
    const work = async (): Promise<number> => {
      inside += 1;
      expect(inside).toBe(1);
      await setTimeout(50);
      inside -= 1;
      return 7;
    };
    const failing = withLock(server.url, "acme/shop", async () => await Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    const three = await Promise.all([1, 2, 3].map(async () => await withLock(server.url, "Acme/Shop", work)));
    expect(three).toEqual([7, 7, 7]);
  });
});
