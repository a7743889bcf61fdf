import { expect, it } from "vitest";
import { takeCommit } from "../../src/github/snapshot.ts";
import { installedOn } from "../support/github/app-on.ts";
import { startGitHub } from "../support/github/github.ts";

it("an earlier commit of a private repository is fetched as it was; one that is not there is not", async () => {
  await using github = await startGitHub();
  const shop = await github.createRepository("acme/shop", { files: { "api.yaml": "cpu: 100m\n" } });
  const first = (await shop.log("main"))[0]?.sha ?? "";
  await shop.commit({ files: { "api.yaml": "cpu: 200m\n" } });
  const repository = await installedOn(github, "acme/shop");
  await using taken = await takeCommit(repository, first);
  expect(taken && new TextDecoder().decode(await taken.tree.read("api.yaml"))).toBe("cpu: 100m\n");
  expect(await takeCommit(repository, "1".repeat(40))).toBeUndefined();
});
