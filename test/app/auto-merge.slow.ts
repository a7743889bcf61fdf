import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stage } from "../../demo/stage.ts";
import { installedRepository } from "../../src/github/repository.ts";
import { storefrontStage } from "./storefront-stage.ts";

const FILE = "deployment.yaml";

/** Each story starts where the one before it ended. */
describe("/loadline approve, where GitHub may merge by itself", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await storefrontStage();
    stage.repository.addCollaborator("alice", "write");
    stage.repository.protect("main");
    stage.repository.allowAutoMerge();
    await stage.serving.sweeper.sweep();
    await stage.quiet();
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const pull = () => {
    const [found] = stage.repository.pulls();
    if (!found) throw new Error("no pull request");
    return found;
  };
  /** Of another App, on the branch as it is. */
  const startCheck = async (): Promise<() => Promise<void>> => {
    const { app, baseUrl } = stage.setup;
    const { client, owner, name: repo } = await installedRepository(app, baseUrl, "acme/shop");
    const run = { owner, repo, name: "ci", head_sha: pull().pull.head.sha, status: "in_progress" } as const;
    const { data } = await client.rest.checks.create(run);
    return async () => {
      await client.rest.checks.update({ owner, repo, check_run_id: data.id, conclusion: "success" });
      await stage.quiet();
    };
  };
  const say = async (text: string): Promise<string> => {
    stage.repository.comment(pull().number, "alice", text);
    await stage.quiet();
    return stage.repository.comments(pull().number).at(-1)?.body ?? "";
  };

  it("leaves it to GitHub, and takes it back when somebody pushes", async () => {
    await startCheck();
    expect(await say("/loadline approve")).toMatch(/^Approved at [0-9a-f]{10}: GitHub merges it by itself/);
    expect(pull().pull.autoMerge).not.toBeNull();
    const { ref } = pull().pull.head;
    const text = (await stage.repository.file(ref, FILE)) ?? "";
    await stage.repository.commit({ branch: ref, author: "bob", files: { [FILE]: `${text}# and more\n` } });
    await stage.quiet();
    expect(pull().pull.autoMerge).toBeNull();
  });

  it("takes it back when Loadline makes the branch anew", async () => {
    await startCheck();
    expect(await say("/loadline approve")).toMatch(/GitHub merges it/);
    expect(await say("/loadline rebase")).toMatch(/rebased|updated/);
    expect(pull().pull.autoMerge).toBeNull();
  });

  it("is merged when the checks of the approved commit have passed", async () => {
    const pass = await startCheck();
    expect(await say("/loadline approve")).toMatch(/GitHub merges it/);
    expect(pull().state).toBe("open");
    await pass();
    expect(pull().pull.merged).not.toBeNull();
  });
});
