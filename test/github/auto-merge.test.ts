import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enableAutoMerge, stopAutoMerge } from "../../src/github/auto-merge.ts";
import type { InstalledRepository } from "../../src/github/repository.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";

describe("GitHub's own merging", () => {
  let github: GitHub;
  let shop: RepositoryHandle;
  let repository: InstalledRepository;
  beforeAll(async () => {
    github = await startGitHub();
    shop = await github.createRepository("acme/shop", { files: { "a.yaml": "a: 1\n" } });
    repository = await installedOn(github, "acme/shop");
  });
  afterAll(async () => await github[Symbol.asyncDispose]());

  const { owner, repo } = { owner: "acme", repo: "shop" };
  const open = async (branch: string): Promise<{ number: number; head: string; check: number }> => {
    const files = { [`${branch}.yaml`]: "b: 1\n" };
    const head = await shop.commit({ branch, files, author: "alice" });
    const number = await shop.open("alice", branch);
    const run = { owner, repo, name: "ci", head_sha: head, status: "in_progress" } as const;
    const { data } = await repository.client.rest.checks.create(run);
    return { number, head, check: data.id };
  };
  const pass = async (check_run_id: number): Promise<void> => {
    const done = { owner, repo, check_run_id, conclusion: "success" } as const;
    await repository.client.rest.checks.update(done);
  };
  const stateOf = (number: number) => {
    const { state, pull } = shop.pull(number);
    return { state, merged: pull.merged !== null, waits: pull.autoMerge !== null };
  };

  it("is not asked for where the repository does not allow it", async () => {
    const { number, head } = await open("early");
    const since = github.mark();
    expect(await enableAutoMerge(repository, number, head)).toBe(false);
    expect(since().map(({ method }) => method)).toEqual(["GET"]);
  });

  it("waits for the checks of exactly that commit", async () => {
    shop.allowAutoMerge();
    shop.protect("main");
    const { number, head, check } = await open("good");
    expect(await enableAutoMerge(repository, number, "0".repeat(40))).toBe(false);
    expect(stateOf(number)).toEqual({ state: "open", merged: false, waits: false });
    expect(await enableAutoMerge(repository, number, head)).toBe(true);
    expect(stateOf(number)).toEqual({ state: "open", merged: false, waits: true });
    await pass(check);
    expect(stateOf(number)).toMatchObject({ state: "closed", merged: true });
    expect(shop.pull(number).pull.autoMerge?.method).toBe("merge");
  });

  it("is refused where nothing is to be waited for", async () => {
    const { number, head, check } = await open("green");
    await pass(check);
    expect(await enableAutoMerge(repository, number, head)).toBe(false);
  });

  it("is taken back, but not where a person asked for it", async () => {
    const { number, head, check } = await open("other");
    await enableAutoMerge(repository, number, head);
    await stopAutoMerge(repository, number);
    await stopAutoMerge(repository, number);
    await pass(check);
    expect(stateOf(number)).toEqual({ state: "open", merged: false, waits: false });
    const theirs = await open("theirs");
    shop.pull(theirs.number).pull.autoMerge = { by: github.account("alice"), method: "merge" };
    await stopAutoMerge(repository, theirs.number);
    expect(stateOf(theirs.number)).toMatchObject({ waits: true });
  });

  it("a request that fails is a fault, no refusal", async () => {
    const { number, head } = await open("later");
    const end = github.fault({ match: ({ path }) => path === "/api/graphql", status: 404 });
    await expect(enableAutoMerge(repository, number, head)).rejects.toMatchObject({ status: 404 });
    end();
    expect(await enableAutoMerge(repository, number, head)).toBe(true);
  });
});
