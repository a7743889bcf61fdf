import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stage } from "../../demo/stage.ts";
import type { SweepResult } from "../../src/sweep/sweep.ts";
import type { RepositoryHandle } from "../support/github/github.ts";
import { stopDelivering, storefrontStage } from "./storefront-stage.ts";

const FILE = ".github/loadline.yml";

/** Each story starts where the one before it ended. */
describe("a repository's own file that extends a preset", () => {
  let stage: Stage;
  let presets: RepositoryHandle;
  beforeAll(async () => {
    stage = await storefrontStage();
    presets = await stage.github.createRepository("acme/presets", {
      files: { "loadline.yml": "version: 1\npolicies: [{ name: shared, profile: safe }]\n" },
      author: "alice",
    });
    await stage.quiet();
    stopDelivering(stage);
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const sweepWith = async (text: string): Promise<SweepResult> => {
    await stage.repository.commit({ author: "alice", files: { [FILE]: text } });
    return await stage.serving.sweeper.sweep();
  };
  const presetSays = async (text: string | null): Promise<void> => {
    await presets.commit({ author: "alice", files: { "loadline.yml": text } });
  };
  const policyOfWeb = ({ containers }: SweepResult) =>
    containers.find(({ container }) => container === "web")?.policy.name;
  const issues = () => stage.repository.issues();

  it("goes by it, for two requests and a token however much there is to say", async () => {
    const since = stage.github.mark();
    const swept = await sweepWith("version: 1\nextends: [acme/presets, acme/presets]\n");
    expect(swept.failures).toEqual([]);
    expect(policyOfWeb(swept)).toBe("shared");
    const asked = since().filter(({ path: at }) => at.startsWith("/repos/acme/presets"));
    expect(asked.map(({ method, path: at }) => `${method} ${at}`)).toEqual([
      "GET /repos/acme/presets/installation",
      "GET /repos/acme/presets/contents/loadline.yml",
    ]);
  });

  it("stays in force while the preset has a fault, of which an issue names the place", async () => {
    await presetSays("version: 1\npolicies:\n  - weight: 3\n");
    const swept = await stage.serving.sweeper.sweep();
    expect(policyOfWeb(swept)).toBe("shared");
    expect(swept.failures).toEqual([
      expect.stringMatching(
        /acme\/presets\/\/loadline\.yml as it was at [0-9a-f]{10} stays in force: acme\/presets\/\/loadline\.yml:3:5: policies\.0\.name: is missing/,
      ),
    ]);
    expect(issues()[0]).toMatchObject({
      state: "open",
      body: expect.stringContaining(":3:5: policies.0.name"),
    });
  });

  it("stays in force when the preset is deleted", async () => {
    await presetSays("version: 1\npolicies: [{ name: newer, profile: safe }]\n");
    expect(policyOfWeb(await stage.serving.sweeper.sweep())).toBe("newer");
    expect(issues()[0]?.state).toBe("closed");
    await presetSays(null);
    const swept = await stage.serving.sweeper.sweep();
    expect(policyOfWeb(swept)).toBe("newer");
    expect(swept.failures).toEqual([
      expect.stringContaining(`${FILE}:2:11: extends acme/presets//loadline.yml: `),
    ]);
  });

  it("is as it was before it named a repository that the App may not read", async () => {
    await stage.github.createRepository("acme/secret", { installed: false });
    const swept = await sweepWith("version: 1\nextends: acme/secret\n");
    expect(policyOfWeb(swept)).toBe("newer");
    expect(swept.failures).toEqual([expect.stringMatching(/the App is not installed there/)]);
  });

  it("leaves no issue behind when it is deleted", async () => {
    expect(issues()[0]?.state).toBe("open");
    await stage.repository.commit({ author: "alice", files: { [FILE]: null } });
    await stage.serving.sweeper.sweep();
    const [issue] = issues();
    expect(issue?.state).toBe("closed");
    expect(stage.repository.comments(issue?.number ?? 0).at(-1)?.body).toContain("The file is gone");
  });
});
