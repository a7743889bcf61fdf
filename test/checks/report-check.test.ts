import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changedFiles } from "../../src/github/changed-files.ts";
import { reportCheck } from "../../src/github/checks.ts";
import type { InstalledRepository } from "../../src/github/repository.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";

describe("a check run", () => {
  let github: GitHub;
  let shop: RepositoryHandle;
  let repository: InstalledRepository;
  beforeAll(async () => {
    github = await startGitHub();
    shop = await github.createRepository("acme/shop", { files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" } });
    repository = await installedOn(github, "acme/shop");
  });
  afterAll(async () => await github[Symbol.asyncDispose]());

  it("takes more annotations than GitHub takes at once, fifty a request, and none again for the same commit", async () => {
    const head = (await shop.tip()) ?? "";
    const annotations = Array.from({ length: 120 }, (_, index) => ({
      file: "a.yaml",
      line: index + 1,
      message: `line ${index + 1}`,
    }));
    const since = github.mark();
    const said = { conclusion: "success", title: "Holds", summary: "All of it.", annotations } as const;
    await reportCheck(repository, { number: 1, head }, said);
    await reportCheck(repository, { number: 1, head }, { ...said, conclusion: "failure" });
    const writes = since().filter(({ method, path }) => method !== "GET" && path.includes("/check-runs"));
    expect(writes.map(({ method, status }) => `${method} ${status}`)).toEqual([
      "POST 201",
      "PATCH 200",
      "PATCH 200",
      "PATCH 200",
    ]);
    expect(shop.checkRuns()).toMatchObject([{ name: "loadline", headSha: head, conclusion: "failure" }]);
  });

  it("of another pull request on the same commit is another one", async () => {
    const head = (await shop.tip()) ?? "";
    const said = { conclusion: "neutral", title: "Nothing", summary: "", annotations: [] } as const;
    await reportCheck(repository, { number: 2, head }, said);
    expect(shop.checkRuns().map(({ externalId }) => externalId)).toEqual(["loadline #1", "loadline #2"]);
  });

  it("knows what a branch changes, removes and renames, and which of that the base has changed since", async () => {
    await shop.commit({
      branch: "ours",
      files: { "a.yaml": "a: 2\n", "b.yaml": null, "new.yaml": "n: 1\n" },
    });
    const head = (await shop.tip("ours")) ?? "";
    await shop.commit({ files: { "a.yaml": "a: 3\n", "other.yaml": "o: 1\n" } });
    const base = (await shop.tip()) ?? "";
    const { texts, gone, moved, cut } = await changedFiles(repository, base, head);
    expect(Object.fromEntries(texts)).toEqual({ "a.yaml": "a: 2\n", "new.yaml": "n: 1\n" });
    expect({ gone, moved, cut }).toEqual({ gone: ["b.yaml"], moved: ["a.yaml"], cut: false });
  });
});
