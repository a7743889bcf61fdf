import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setStage, type Stage } from "../../demo/stage.ts";
import { readMarker, withMarker } from "../../src/proposals/marker.ts";
import { sweep } from "../../src/sweep/sweep.ts";
import { deployment } from "../gitops/files.ts";
import { type GeneratedUsage, generateUsage } from "../support/usage-generator.ts";
import { isWrite } from "./deaths.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FILE = "api.yaml";
const CONTAINER = '- name: app\n  resources: { requests: { cpu: "1", memory: 1Gi } }';
const CONFIG = `  merge: { soak: 6h, largestDecreasePercent: 100 }
policy:
  window: 2d
  mode: auto
  guards: { daysOfNewImage: 0, largestStepPercent: { down: 100 } }
  afterMerge: { watch: "off" }
`;

let stage: Stage;
let folder: string;
let aheadMs = 0;
const now = (): number => Date.now() + aheadMs;

/** Each story starts where the one before it ended. */
describe("mode: auto, where something protects the base", () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "loadline-by-itself-"));
    await writeFile(path.join(folder, FILE), deployment("api", CONTAINER, "shop"));
    stage = await setStage({ from: folder, usage: usage(0.3), window: "2d", config: CONFIG, now });
    await stage.quiet();
    stage.repository.addCollaborator("alice", "write");
    await stage.serving.sweeper.sweep();
    await stage.quiet();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Twice, since what one sweep opens or brings up to date is merged by the next. */
  const sweeps = async (): Promise<void> => {
    for (let times = 0; times < 2; times += 1) await stage.serving.sweeper.sweep();
    await stage.quiet();
  };
  const pull = () => {
    const [last] = stage.repository.pulls().toReversed();
    if (!last) throw new Error("no pull request");
    return last;
  };
  const said = (): string[] =>
    stage.repository
      .comments(pull().number)
      .map(({ body }) => body)
      .filter((body) => body.endsWith("<!-- loadline not-merged -->"));
  const writesOf = async (work: () => Promise<void>): Promise<string[]> => {
    const since = stage.github.mark();
    await work();
    return since()
      .filter(isWrite)
      .map(({ method, path: at }) => `${method} ${at.replace("/repos/acme/shop/", "")}`);
  };

  it("what was never merged before is for a person, however long it has been open", async () => {
    aheadMs = 7 * HOUR;
    await stage.record(usage(0.3));
    await sweeps();
    expect(pull().state).toBe("open");
    expect(stage.repository.comments(pull().number)).toEqual([]);
    aheadMs = 0;
    await stage.repository.merge(pull().number, "alice");
    await stage.quiet();
    await arrive();
  });

  it("a later one is let soak first", async () => {
    stage.repository.protect("main", { approvals: 1 });
    await stage.record(usage(0.7, await asked()));
    await sweeps();
    expect(stage.repository.pulls()).toHaveLength(2);
    expect(await writesOf(sweeps)).toEqual([]);
  });

  it("then not while somebody asks to wait, be it at the last moment", async () => {
    aheadMs = 7 * HOUR;
    await stage.record(usage(0.7, await asked()));
    await stage.serving.sweeper.sweep();
    stage.repository.protect("main");
    const before = pull().body ?? "";
    const marker = readMarker(before);
    if (!marker) throw new Error("no marker");
    const holdUntil = new Date(now() + DAY).toISOString();
    const seen: string[] = [];
    const end = stage.github.fault({
      match: ({ path: at }) => {
        if (at.endsWith(`/pulls/${pull().number}/commits`)) {
          seen.push(at);
          pull().body = withMarker(before, { ...marker, said: { holdUntil } });
        }
        return false;
      },
    });
    const writes = await writesOf(async () => {
      await stage.serving.sweeper.sweep();
    });
    expect(writes).toEqual([]);
    expect(seen).toHaveLength(1);
    end();
    pull().body = before;
    stage.repository.protect("main", { approvals: 1 });
  });

  it("what can't be done, or said, is a failure of its own, and the rest is known", async () => {
    const hit = [`PUT pulls/${pull().number}/merge`, `GET issues/${pull().number}/comments`];
    for (const line of hit) {
      const end = stage.github.fault({
        match: ({ method, path: at }) => `${method} ${at.replace("/repos/acme/shop/", "")}` === line,
        status: 403,
      });
      const { repositories, failures } = await sweep(stage.setup);
      expect(failures).toEqual([expect.stringMatching(/^acme\/shop: GitHub refuses \(403\)/)]);
      expect(repositories.map(({ published }) => published.map(({ outcome }) => outcome))).toEqual([
        ["unchanged"],
      ]);
      end();
    }
  });

  it("then what GitHub refuses is said once, with its reason and how to mend it", async () => {
    await sweeps();
    expect(pull().state).toBe("open");
    expect(said()).toEqual([
      expect.stringMatching(
        /^\*\*GitHub refused to merge this\.\*\* [^]*> `At least 1 approving review is required [^]*somebody approves it[^]*tries again by itself/,
      ),
    ]);
    const asks = await writesOf(sweeps);
    // Each of the two sweeps asks once.
    expect(asks).toEqual(Array<string>(2).fill(`PUT pulls/${pull().number}/merge`));
  });

  it("and the same comment is edited when the reason becomes another one", async () => {
    await stage.repository.approve(pull().number, "bob");
    stage.repository.protect("main", { approvals: 1, checks: ["ci"] });
    await sweeps();
    expect(said()).toEqual([expect.stringMatching(/> `Required status check "ci" is expected\./)]);
    stage.repository.protect("main", { approvals: 1, queue: true });
    await sweeps();
    expect(said()).toEqual([expect.stringMatching(/merge queue[^]*Somebody who may write has to add it/)]);
  });

  it("where GitHub may merge by itself it is left to GitHub, which is said in its place", async () => {
    stage.repository.protect("main", { approvals: 2 });
    stage.repository.allowAutoMerge();
    await sweeps();
    expect(pull().pull.autoMerge?.by.login).toBe(stage.github.app.botLogin);
    expect(said()).toEqual([expect.stringMatching(/At least 2 [^]*GitHub merges it by itself/)]);
    expect(await writesOf(sweeps)).toEqual([]);
  });

  it("a hold takes that back, and no sweep gives it again while it lasts", async () => {
    stage.repository.comment(pull().number, "alice", "/loadline hold 2w");
    await stage.quiet();
    expect(pull().pull.autoMerge).toBeNull();
    await stage.repository.approve(pull().number, "carol");
    await sweeps();
    expect(pull()).toMatchObject({ state: "open", pull: { autoMerge: null } });
    // A sweep was just about to hand it over when it was said.
    pull().pull.autoMerge = { by: stage.github.account(stage.github.app.botLogin), method: "merge" };
    await sweeps();
    expect(pull()).toMatchObject({ state: "open", pull: { autoMerge: null } });
  });

  it("once it is over it goes on by itself", async () => {
    aheadMs = 14 * DAY + 8 * HOUR;
    stage.repository.protect("main", { approvals: 3 });
    await stage.record(usage(0.7, await asked()));
    await sweeps();
    expect(pull().pull.autoMerge).not.toBeNull();
    await stage.repository.approve(pull().number, "dave");
    await stage.quiet();
    expect(pull().pull.merged?.by.login).toBe(stage.github.app.botLogin);
  });

  /** What the cluster asks for after the merge, which then is not looked at any more. */
  async function arrive(): Promise<void> {
    await stage.record(usage(0.3, await asked()));
    await stage.serving.sweeper.follow();
    aheadMs = HOUR;
    await stage.serving.sweeper.follow();
  }

  async function asked(): Promise<{ cpu: string; memory: string }> {
    const text = (await stage.repository.file("main", FILE)) ?? "";
    const [, cpu = "", memory = ""] = /cpu: "?([\w.]+)"?, memory: (\w+)/.exec(text) ?? [];
    return { cpu, memory };
  }
});

/** Two days of use, up to now, of a pod that asks for so much. */
function usage(cores: number, requests = { cpu: "1", memory: "1Gi" }): GeneratedUsage {
  const endMs = Math.floor(now() / 300_000) * 300_000;
  const app = {
    name: "app",
    role: "main" as const,
    image: "acme/api:1",
    resources: { requests, limits: {} },
    cpu: { shape: "steady" as const, low: cores },
    memory: { shape: "steady" as const, low: 6e8 },
  };
  return generateUsage([{ kind: "Deployment", namespace: "shop", name: "api", containers: [app] }], {
    seed: 1,
    window: { startMs: endMs - 2 * DAY, endMs },
    scrapeSeconds: 300,
  });
}
