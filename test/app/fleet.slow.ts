import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catchUp } from "../../src/orders/catch-up.ts";
import { sweep, type SweepResult } from "../../src/sweep/sweep.ts";
import { visitsOf } from "../../src/sweep/visits.ts";
import type { LoggedRequest, RepositoryHandle } from "../support/github/github.ts";
import { isWrite } from "./deaths.ts";
import { END, type Lives, manyLives } from "./lives.ts";
import { manyApps, usageOfApps } from "./many-apps.ts";

let lives: Lives;
beforeAll(async () => {
  lives = await manyLives();
});
afterAll(async () => await lives[Symbol.asyncDispose]());

const asked = async (work: () => Promise<unknown>): Promise<readonly LoggedRequest[]> => {
  const since = lives.github.mark();
  await work();
  return since();
};
/** What counts for GitHub's limits; git speaks for itself. */
const rest = (requests: readonly LoggedRequest[]): string[] =>
  requests.filter(({ path }) => !path.includes(".git/")).map(({ method, path }) => `${method} ${path}`);
const openOf = (repository: RepositoryHandle) => repository.pulls().filter(({ state }) => state === "open");

describe("1,000 applications", () => {
  const apps = manyApps("app", 1000);
  let repository: RepositoryHandle;
  beforeAll(async () => {
    await lives.record("thousand", usageOfApps([apps], END, 6));
    repository = await lives.repository(apps.files);
  }, 600_000);

  it("of which none is to change cost three requests, and none of them is an application's", async () => {
    // A cut of four fifths is less than this.
    const config =
      "policy: { window: 6h, minimumHistory: 1h, minimumSamples: 5, minimumChangePercent: 100 }\n";
    const setup = lives.setup([repository], { usage: "thousand", config });
    await sweep(setup);
    let swept: SweepResult | undefined;
    const visits = visitsOf(setup);
    const requests = await asked(async () => (swept = await sweep(setup, undefined, undefined, visits)));
    expect(swept?.containers).toHaveLength(1000);
    expect(swept?.containers.every(({ source }) => source.status === "proven")).toBe(true);
    expect(rest(requests)).toEqual([
      expect.stringMatching(/^GET .*\/installation$/),
      // All that is Loadline's there.
      "POST /api/graphql",
      // With which git reads this repository and no other.
      expect.stringMatching(/^POST .*\/access_tokens$/),
    ]);
    const git = requests.filter(({ path }) => path.includes(".git/"));
    // Two for the name of the default branch, three for its newest commit.
    expect(git).toHaveLength(5);
    // What `serve` does after each that it starts itself.
    const missed = async (): Promise<void> =>
      await catchUp(setup, async () => {}, visits, repository.fullName);
    expect(rest(await asked(missed))).toEqual([`GET /repos/${repository.fullName}/issues/comments`]);
  }, 600_000);

  it("of which all are to change cost five writes for each that may be opened, and nothing for those that wait", async () => {
    const config =
      "policy: { window: 6h, minimumHistory: 1h, minimumSamples: 5 }\npullRequests: { limits: { open: 12, perHour: 12, perDay: 12 } }\n";
    const setup = lives.setup([repository], { usage: "thousand", config });
    const first = await asked(async () => await sweep(setup));
    expect(openOf(repository)).toHaveLength(12);
    expect(first.filter(isWrite)).toHaveLength(60);
    const second = await asked(async () => await sweep(setup));
    expect(second.filter(isWrite)).toEqual([]);
    expect(rest(second)).toHaveLength(3);
  }, 600_000);
});

describe("three repositories of forty applications", () => {
  it("get two pull requests an hour each, and never more at once than may be open", async () => {
    const apps = ["red", "green", "blue"].map((prefix) => manyApps(prefix, 40));
    const repositories: RepositoryHandle[] = [];
    for (const { files } of apps) repositories.push(await lives.repository(files));
    const config = "policy: { window: 2d }\npullRequests: { limits: { open: 5, perHour: 2, perDay: 10 } }\n";
    const started = Math.floor(Date.now() / 300_000) * 300_000;
    const sweepAfter = async (hours: number): Promise<number[]> => {
      // GitHub's clock stands still meanwhile, so that what was opened is so long ago.
      const at = started + hours * 3_600_000;
      await lives.record("forty", usageOfApps(apps, at));
      const { failures } = await sweep(lives.setup(repositories, { usage: "forty", config, now: () => at }));
      expect(failures).toEqual([]);
      return repositories.map((repository) => openOf(repository).length);
    };
    const counts: number[][] = [];
    for (const hours of [0, 0, 2, 4, 6]) counts.push(await sweepAfter(hours));
    expect(counts).toEqual([
      [2, 2, 2],
      [2, 2, 2],
      [4, 4, 4],
      [5, 5, 5],
      [5, 5, 5],
    ]);
    const [red] = repositories;
    await red?.merge(openOf(red)[0]?.number ?? 0, "alice");
    expect(await sweepAfter(8)).toEqual([5, 5, 5]);
    for (const repository of repositories) {
      const branches = repository.pulls().map(({ pull }) => pull.head.ref);
      expect(new Set(branches).size).toBe(branches.length);
    }
  }, 600_000);
});

describe("what was declined", () => {
  it("stays so, for no request of its own, though hundreds of others' pull requests were closed since", async () => {
    const apps = manyApps("declined", 1);
    await lives.record("declined", usageOfApps([apps], END));
    const repository = await lives.repository(apps.files);
    const setup = lives.setup([repository], { usage: "declined" });
    await sweep(setup);
    await repository.close(openOf(repository)[0]?.number ?? 0, "alice");
    await repository.commit({ branch: "theirs", author: "alice", files: { "README.md": "theirs\n" } });
    const theirs = await repository.open("alice", "theirs");
    await repository.close(theirs, "alice");
    repository.repeat(theirs, 250, new Date(Date.now() + 60_000).toISOString());
    let swept: SweepResult | undefined;
    const requests = await asked(async () => (swept = await sweep(setup)));
    expect(swept?.repositories[0]?.published.map(({ outcome }) => outcome)).toEqual(["declined"]);
    expect(openOf(repository)).toEqual([]);
    expect(rest(requests)).toHaveLength(3);
  }, 120_000);
});

describe("a folder that is renamed", () => {
  it("is proposed for where it is now, and what was open for the old one does not stay", async () => {
    const apps = manyApps("moved", 1);
    await lives.record("moved", usageOfApps([apps], END));
    const repository = await lives.repository(apps.files);
    const setup = lives.setup([repository], { usage: "moved" });
    await sweep(setup);
    const branches = (): string[] => openOf(repository).map(({ pull }) => pull.head.ref);
    const [old = "", ...others] = branches();
    expect([old, others]).toEqual([expect.stringMatching(/^loadline\/apps-moved-0000/), []]);
    const [[file, text] = ["", ""]] = Object.entries(apps.files);
    await repository.commit({
      author: "alice",
      files: { [file]: null, "deploy/moved/deployment.yaml": text },
    });
    const { failures } = await sweep(setup);
    expect(failures).toEqual([]);
    await sweep(setup);
    expect(branches()).toEqual([expect.stringMatching(/^loadline\/deploy-moved/)]);
    expect(await repository.branches()).not.toContain(old);
  }, 120_000);
});

describe("a repository of 100,000 files", () => {
  it("is swept in bounded time and memory", async () => {
    const apps = manyApps("large", 3);
    await lives.record("large", usageOfApps([apps], END));
    const repository = await lives.repository(apps.files);
    await execa("git", ["fast-import", "--quiet", "--force"], {
      cwd: repository.gitDirectory,
      input: hundredThousand(),
    });
    // The local GitHub hears of it with the next branch.
    await repository.commit({ branch: "other", author: "alice", files: { "README.md": "other\n" } });
    const started = performance.now();
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
    const { failures, repositories } = await sweep(lives.setup([repository], { usage: "large" }));
    clearInterval(watch);
    const [seconds, mebibytes] = [(performance.now() - started) / 1000, peak / 2 ** 20];
    process.stdout.write(`100,000 files: ${seconds.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB at the most\n`);
    expect(failures).toEqual([]);
    expect(repositories[0]?.published).toHaveLength(3);
    expect(mebibytes).toBeLessThan(2500);
    expect(seconds).toBeLessThan(300);
  }, 600_000);
});

/** A commit on main with so many files in a thousand folders, for `git fast-import`. */
function hundredThousand(): string {
  const lines = ["feature done", "blob", "mark :1", "data 5", "a: 1\n"];
  lines.push(
    "commit refs/heads/main",
    "committer alice <1+alice@users.noreply.github.com> 1700000000 +0000",
    "data 4",
    "many",
    "from refs/heads/main^0",
  );
  for (let index = 0; index < 100_000; index += 1)
    lines.push(`M 100644 :1 data/${index % 1000}/values-${index}.yaml`);
  return [...lines, "", "done", ""].join("\n");
}
