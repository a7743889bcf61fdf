import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { editorsSinceWritten } from "../../src/github/edited-by.ts";
import type { InstalledRepository } from "../../src/github/repository.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";

const { owner, repo } = { owner: "acme", repo: "shop" };

describe("who edited an issue since Loadline wrote it", () => {
  let github: GitHub;
  let shop: RepositoryHandle;
  let repository: InstalledRepository;
  let number: number;
  let seconds = 0;
  beforeAll(async () => {
    github = await startGitHub();
    shop = await github.createRepository("acme/shop", { files: { "a.yaml": "a: 1\n" } });
    repository = await installedOn(github, "acme/shop");
  });
  afterAll(async () => await github[Symbol.asyncDispose]());

  beforeEach(async () => {
    const { data } = await repository.client.rest.issues.create({ owner, repo, title: "Dashboard" });
    number = data.number;
  });
  /** Each in a second of its own. */
  const edit = (login: string, times = 1): void => {
    const issue = shop.issues().find((one) => one.number === number);
    for (let time = 0; time < times; time += 1)
      issue?.edits.push({
        by: github.account(login),
        at: new Date(Date.UTC(2026, 0, 1) + (seconds += 1) * 1000).toISOString(),
      });
  };
  const editors = async () => await editorsSinceWritten(repository, number);

  it("is everybody after its last edit, and nobody before", async () => {
    edit("mallory");
    edit(github.app.botLogin);
    edit("alice", 3);
    expect(await editors()).toEqual([{ login: "alice", isBot: false }]);
  });

  it("is not said where there are more edits than GitHub lists, and its last may be none of these", async () => {
    edit(github.app.botLogin, 60);
    edit("mallory");
    edit("alice", 50);
    await expect(editors()).rejects.toThrow("GitHub does not name everybody who edited it");
  });

  it("is said however many there were before", async () => {
    edit("mallory", 200);
    edit(github.app.botLogin);
    edit("alice", 49);
    expect(await editors()).toEqual([{ login: "alice", isBot: false }]);
  });

  it("may be a person who is called as the App is", async () => {
    const login = github.app.botLogin.replace("[bot]", "");
    edit(login);
    expect(await editors()).toEqual([{ login, isBot: false }]);
  });
});
