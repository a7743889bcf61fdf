import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stage } from "../../demo/stage.ts";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";
import type { SweptRepository } from "../../src/sweep/sweep.ts";
import { isWrite } from "./deaths.ts";
import { usageOf } from "./usage-of.ts";
import { END, storefrontStage } from "./storefront-stage.ts";

const FILE = ".github/loadline.yml";

/** Each story starts where the one before it ended. */
describe("onboarding", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await storefrontStage({ onboarding: true });
    stage.repository.addCollaborator("alice", "write");
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const swept = async (): Promise<SweptRepository | undefined> =>
    (await stage.serving.sweeper.sweep()).repositories[0];
  const writesOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const since = stage.github.mark();
    await work();
    return (
      since()
        // Checks are made after a sweep, when its webhooks arrive.
        .filter((request) => isWrite(request) && !request.path.includes("/check-runs"))
        .map(({ method, path: at }) => `${method} ${at}`)
    );
  };
  const pulls = () => stage.repository.pulls();

  it("opens one pull request that adds the file, and nothing else", async () => {
    expect((await swept())?.onboarding?.outcome).toBe("opened");
    expect(pulls().map(({ title, pull }) => [title, pull.head.ref])).toEqual([
      ["Configure Loadline", "loadline/configure"],
    ]);
    const [diff, ...more] = await stage.repository.diff(1);
    expect([diff?.path, more]).toEqual([FILE, []]);
    const text = (await stage.repository.file("loadline/configure", FILE)) ?? "";
    expect(text).toMatch(/^# yaml-language-server: \$schema=https:.*repository\.schema\.json\n/);
    expect(parseRepositoryFile(text).policy).toEqual({});
  });

  it("says what was found, what would change and by how much, and what stays and why", () => {
    const body = pulls()[0]?.body ?? "";
    expect(body.split("\n", 1)[0]).toMatch(
      /^\*\*Loadline found the lines of \d+ running containers in this repository, and would change \d of them: −[\d.]+ cores, −[\d.]+ GiB\.\*\*$/,
    );
    expect(body).toMatch(/\| plain \| 1 \| 0 \|/);
    expect(body).toMatch(/\| proven \| \d \|/);
    expect(body).toMatch(/### What would change\n\n.*\n.*\n\| `\/` \| \d \| −/);
  });

  it("writes nothing when nothing has changed, and only the text when something has", async () => {
    expect(await writesOf(swept)).toEqual([]);
    await stage.record(await usageOf(["storefront"], END, { "Deployment/shop/storefront": 2 }));
    const before = pulls()[0]?.body;
    expect(await writesOf(swept)).toEqual(["PATCH /repos/acme/shop/pulls/1"]);
    expect(pulls()[0]?.body).not.toBe(before);
  });

  it("closed, it is silent until the file exists", async () => {
    await stage.repository.close(1, "alice");
    await stage.quiet();
    expect(await writesOf(swept)).toEqual([]);
    expect((await swept())?.onboarding).toEqual({ outcome: "declined", number: 1 });
  });

  it("merged, it begins", async () => {
    await stage.repository.reopen(1, "alice");
    await stage.repository.merge(1, "alice");
    await stage.quiet();
    expect(pulls().map(({ pull }) => pull.head.ref)).toEqual(["loadline/configure", "loadline/root"]);
    expect((await swept())?.onboarding).toBeUndefined();
    expect(await writesOf(swept)).toEqual([]);
  });

  it("the file that it added takes what is ignored by a command", async () => {
    stage.repository.comment(2, "alice", "/loadline ignore web until 2027-01-31 reason load tests");
    await stage.quiet();
    const made = pulls().find(({ pull }) => pull.head.ref.startsWith("loadline/ignore-"));
    const text = (await stage.repository.file(made?.pull.head.ref ?? "", FILE)) ?? "";
    expect(text).toMatch(/^# yaml-language-server/);
    expect(parseRepositoryFile(text).ignore).toEqual([
      {
        workload: "Deployment/shop/storefront",
        container: "web",
        until: "2027-01-31",
        reason: "load tests",
      },
    ]);
  });
});
