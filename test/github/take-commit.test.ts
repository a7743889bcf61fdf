import { pino } from "pino";
import { ProbotOctokit } from "probot";
import { expect, it } from "vitest";
import { openApp } from "../../src/github/app.ts";
import { installedRepository } from "../../src/github/repository.ts";
import { takeCommit } from "../../src/github/snapshot.ts";
import { startGitHub } from "../support/github/github.ts";

const WithoutThrottling = ProbotOctokit.defaults((options: object) => ({
  ...options,
  throttle: { enabled: false },
}));

it("an earlier commit of a private repository is fetched as it was; one that is not there is not", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop", { files: { "api.yaml": "cpu: 100m\n" } });
  const first = (await shop.log("main"))[0]?.sha ?? "";
  await shop.commit({ files: { "api.yaml": "cpu: 200m\n" } });
  const { id, privateKey } = github.app;
  const credentials = { appId: String(id), privateKey, webhookSecret: "s", baseUrl: github.baseUrl };
  const app = openApp(credentials, pino({ level: "silent" }), WithoutThrottling);
  const repository = await installedRepository(app, github.baseUrl, "acme/shop");
  await using taken = await takeCommit(repository, first);
  expect(taken && new TextDecoder().decode(await taken.tree.read("api.yaml"))).toBe("cpu: 100m\n");
  expect(await takeCommit(repository, "1".repeat(40))).toBeUndefined();
});
