import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, writeRecording } from "../../demo/recorded-usage.ts";
import { filesBelow } from "../../demo/stage.ts";
import { startGitHub } from "../support/github/github.ts";
import { usageOf } from "./usage-of.ts";

const SCRIPT = path.join(import.meta.dirname, "..", "..", "scripts", "run-action.ts");
const STOREFRONT = path.join(DEMO_REPOSITORY, "apps", "storefront");

/** What a workflow's own token may do with the permissions that docs/action.md asks for. */
const PERMISSIONS = {
  checks: "read",
  contents: "write",
  issues: "write",
  pull_requests: "write",
  statuses: "read",
  metadata: "read",
};

describe("the action, as a workflow runs it", () => {
  it("sweeps with the workflow's token: opens pull requests, signed, and leaves them as they are the next time", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "loadline-action-"));
    await using github = await startGitHub();
    const shop = await github.createRepository("acme/shop", { files: await filesBelow(STOREFRONT) });
    await writeRecording(await usageOf(["storefront"], nowMs()), path.join(folder, "usage.om.gz"));
    await writeFile(
      path.join(folder, "loadline.yaml"),
      "version: 1\nonboarding: false\nstore: none\nclusters: [{ name: prod, metricsFile: usage.om.gz }]\nrepositories: [{ name: acme/shop }]\npolicy: { window: 3d }\n",
    );
    const token = github.installation("acme").token(PERMISSIONS);
    const run = async () =>
      await execa(process.execPath, [SCRIPT], {
        extendEnv: false,
        reject: false,
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: folder,
          INPUT_COMMAND: "sweep",
          INPUT_CONFIG: path.join(folder, "loadline.yaml"),
          INPUT_REPO: ".",
          GITHUB_TOKEN: token,
          GITHUB_API_URL: github.baseUrl,
          GITHUB_REPOSITORY: "acme/shop",
        },
      });
    const first = await run();
    expect([first.exitCode, first.stderr]).toEqual([0, expect.not.stringContaining(token)]);
    expect(first.stdout).toMatch(/acme\/shop: 1 proposal\n {2}#1 opened: Right-size/);
    const [pull] = shop.pulls();
    const [commit] = await shop.log(pull?.pull.head.ref);
    expect(shop.isVerified(commit?.sha ?? "")).toBe(true);
    expect((await run()).stdout).toContain("#1 unchanged: Right-size");
    expect(shop.pulls()).toHaveLength(1);
    await rm(folder, { recursive: true });
  });

  it("writes a plan into the summary of the job", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "loadline-action-"));
    const repo = path.join(folder, "shop");
    await mkdir(repo);
    for (const [file, text] of Object.entries(await filesBelow(STOREFRONT)))
      await writeFile(path.join(repo, file), text);
    await writeRecording(await usageOf(["storefront"], nowMs()), path.join(folder, "usage.om.gz"));
    const summary = path.join(folder, "summary.md");
    const { exitCode, stdout } = await execa(process.execPath, [SCRIPT], {
      env: {
        INPUT_COMMAND: "plan",
        INPUT_REPO: repo,
        INPUT_ARGUMENTS: `--metrics-file\n${path.join(folder, "usage.om.gz")}\n--window\n3d\n--store\nnone`,
        GITHUB_STEP_SUMMARY: summary,
      },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("shop/storefront");
    expect((await readFile(summary, "utf8")).trim()).toBe(stdout.trim());
    await rm(folder, { recursive: true });
  });
});

/** On the grid of the recordings; what ran at their end has to run when the sweep looks. */
function nowMs(): number {
  return Math.floor(Date.now() / 300_000) * 300_000;
}
