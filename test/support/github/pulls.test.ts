import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGitHub, type GitHub, type RepositoryHandle } from "./github.ts";
import { asInstallation } from "./octokits.ts";

const acme = { owner: "acme", repo: "shop" };
const LINES = "one: 1\ntwo: 2\nthree: 3\nfour: 4\nfive: 5\nsix: 6\nseven: 7\n";
let github: GitHub;
let shop: RepositoryHandle;
let octokit: Octokit;

beforeAll(async () => {
  github = await startGitHub();
  shop = await github.createRepository("acme/shop", { files: { "a.yaml": LINES, "b.yaml": "x: 1\n" } });
  octokit = asInstallation(github, "acme");
});
afterAll(() => github[Symbol.asyncDispose]());

/** A branch with one change, and its pull request. */
async function propose(branch: string, files: Record<string, string | null>): Promise<number> {
  await shop.commit({ files, branch, message: `Change ${branch}` });
  const { data } = await octokit.rest.pulls.create({
    ...acme,
    title: branch,
    head: branch,
    base: "main",
    body: "why",
  });
  return data.number;
}

describe("opening", () => {
  test("a second one from the same branch is refused, with GitHub's words", async () => {
    const number = await propose("twin", { "t.yaml": "1" });
    const again = octokit.rest.pulls.create({ ...acme, title: "t", head: "twin", base: "main" });
    await expect(again).rejects.toMatchObject({
      status: 422,
      response: {
        data: { errors: [{ code: "custom", message: "A pull request already exists for acme:twin." }] },
      },
    });
    await shop.close(number, "alice");
    expect(
      (await octokit.rest.pulls.create({ ...acme, title: "t", head: "acme:twin", base: "main" })).status,
    ).toBe(201);
  });

  test("no difference, no branch, no base, and too long a body are refused", async () => {
    const sha = (await shop.tip()) ?? "";
    await octokit.rest.git.createRef({ ...acme, ref: "refs/heads/same", sha });
    const open = (head: string, base = "main", body = "") =>
      octokit.rest.pulls.create({ ...acme, title: "t", head, base, body });
    await expect(open("same")).rejects.toThrow("No commits between main and same");
    await expect(open("nowhere")).rejects.toMatchObject({
      response: { data: { errors: [{ field: "head" }] } },
    });
    await expect(open("twin", "nowhere")).rejects.toMatchObject({
      response: { data: { errors: [{ field: "base" }] } },
    });
    await shop.commit({ files: { "l.yaml": "1" }, branch: "long" });
    await expect(open("long", "main", "x".repeat(65_537))).rejects.toThrow("body is too long");
  });

  test("a request that lacks what GitHub asks for answers 422", async () => {
    const request = octokit.request("POST /repos/{owner}/{repo}/pulls", { ...acme, base: "main", head: "" });
    await expect(request).rejects.toMatchObject({ status: 422 });
    const lacking: Record<string, unknown> = { ...acme, title: "no head" };
    await expect(octokit.request("POST /repos/acme/shop/pulls", lacking)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("must have required property 'head'"),
    });
  });
});

test("files and commits are what git says, renames and removals too", async () => {
  const number = await propose("files", {
    "a.yaml": LINES.replace("four: 4", "four: 44"),
    "b.yaml": null,
    "new.bin": "\0\u0001",
    "new.yaml": "y: 2\nz: 3\n",
    "odd\t1\t2\tname.yaml": "o: 1\n",
  });
  const { data: files } = await octokit.rest.pulls.listFiles({ ...acme, pull_number: number });
  expect(files.map(({ filename, status, changes }) => [filename, status, changes])).toEqual([
    ["a.yaml", "modified", 2],
    ["b.yaml", "removed", 1],
    ["new.bin", "added", 0],
    ["new.yaml", "added", 2],
    ["odd\t1\t2\tname.yaml", "added", 1],
  ]);
  expect(files[0]?.patch).toBe(
    "@@ -1,7 +1,7 @@\n one: 1\n two: 2\n three: 3\n-four: 4\n+four: 44\n five: 5\n six: 6\n seven: 7",
  );
  expect(files[2]).not.toHaveProperty("patch");
  const { data: commits } = await octokit.rest.pulls.listCommits({ ...acme, pull_number: number });
  expect(commits.map(({ commit }) => commit.message)).toEqual(["Change files"]);
  const { data: full } = await octokit.rest.pulls.get({ ...acme, pull_number: number });
  expect(full).toMatchObject({ commits: 1, changed_files: 5, additions: 4, deletions: 2, mergeable: true });

  const renamed = await propose("renamed", { "a.yaml": null, "moved/a.yaml": LINES });
  const { data: moves } = await octokit.rest.pulls.listFiles({ ...acme, pull_number: renamed });
  expect(moves).toMatchObject([{ filename: "moved/a.yaml", previous_filename: "a.yaml", status: "renamed" }]);
});

describe("merging", () => {
  test("two that touch different lines both stay merged", async () => {
    const first = await propose("first", { "a.yaml": LINES.replace("one: 1", "one: 10") });
    const second = await propose("second", { "a.yaml": LINES.replace("seven: 7", "seven: 70") });
    await octokit.rest.pulls.merge({ ...acme, pull_number: first });
    await octokit.rest.pulls.merge({ ...acme, pull_number: second, merge_method: "squash" });
    expect(await shop.file("main", "a.yaml")).toBe(
      LINES.replace("one: 1", "one: 10").replace("seven: 7", "seven: 70"),
    );
    const { data } = await octokit.rest.pulls.get({ ...acme, pull_number: first });
    expect(data).toMatchObject({
      merged: true,
      state: "closed",
      merged_by: { login: "loadline[bot]" },
      commits: 1,
    });
    expect((await octokit.rest.pulls.checkIfMerged({ ...acme, pull_number: first })).status).toBe(204);
    expect((await shop.log()).slice(0, 2)).toMatchObject([
      { message: `second (#${second})\n\n* Change second`, parents: [expect.any(String)] },
      {
        message: `Merge pull request #${first} from acme/first\n\nfirst`,
        parents: [expect.any(String), expect.any(String)],
      },
    ]);
  });

  test("a rebase replays the commits on the base", async () => {
    const number = await propose("rebased", { "r.yaml": "1" });
    await shop.commit({ files: { "other.yaml": "1" } });
    await shop.merge(number, "alice", "rebase");
    expect((await shop.log()).slice(0, 2).map(({ message }) => message)).toEqual([
      "Change rebased",
      "Change files",
    ]);
  });

  test("a conflict shows as dirty and is not merged", async () => {
    const number = await propose("conflict", { "c.yaml": "mine\n" });
    await shop.commit({ files: { "c.yaml": "theirs\n" } });
    const { data } = await octokit.rest.pulls.get({ ...acme, pull_number: number });
    expect(data).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
    for (const merge_method of ["merge", "squash", "rebase"] as const) {
      const merge = octokit.rest.pulls.merge({ ...acme, pull_number: number, merge_method });
      await expect(merge).rejects.toMatchObject({ status: 405 });
    }
    expect(await shop.file("main", "c.yaml")).toBe("theirs\n");
  });

  test("a head that moved meanwhile, or a closed pull request, is not merged", async () => {
    const number = await propose("moved", { "m.yaml": "1" });
    const sha = (await shop.tip()) ?? "";
    await expect(octokit.rest.pulls.merge({ ...acme, pull_number: number, sha })).rejects.toMatchObject({
      status: 409,
    });
    await shop.close(number, "alice");
    await expect(octokit.rest.pulls.merge({ ...acme, pull_number: number })).rejects.toMatchObject({
      status: 405,
    });
  });
});

describe("what follows from pushes", () => {
  test("a forced push moves the pull request, an empty one closes it", async () => {
    const number = await propose("pushed", { "p.yaml": "1" });
    const tip = await shop.commit({ files: { "p.yaml": "2" }, branch: "pushed" });
    expect(shop.pull(number).pull.head.sha).toBe(tip);
    await octokit.rest.git.updateRef({
      ...acme,
      ref: "heads/pushed",
      sha: (await shop.tip()) ?? "",
      force: true,
    });
    expect(shop.pull(number)).toMatchObject({ state: "closed", pull: { merged: null } });
  });

  test("a deleted branch closes it, for good until the branch is back", async () => {
    const number = await propose("deleted", { "d.yaml": "1" });
    await octokit.rest.git.deleteRef({ ...acme, ref: "heads/deleted" });
    expect(shop.pull(number).state).toBe("closed");
    const reopen = octokit.rest.pulls.update({ ...acme, pull_number: number, state: "open" });
    await expect(reopen).rejects.toMatchObject({ status: 422 });
    const { data } = await octokit.rest.pulls.listFiles({ ...acme, pull_number: number });
    expect(data.map(({ filename }) => filename)).toEqual(["d.yaml"]);
  });

  test("commits that arrive in the base by other ways merge it", async () => {
    const number = await propose("by-hand", { "h.yaml": "1" });
    await octokit.rest.git.updateRef({ ...acme, ref: "heads/main", sha: shop.pull(number).pull.head.sha });
    expect(shop.pull(number).pull.merged).not.toBeNull();
  });
});

test("lists are filtered by state, head and base, sorted, and paged", async () => {
  const list = async (filter: Parameters<typeof octokit.rest.pulls.list>[0]) =>
    (await octokit.rest.pulls.list(filter)).data.map(({ number }) => number);
  await shop.label(1, "alice", "loadline");
  const all = await list({ ...acme, state: "all", per_page: 100 });
  expect(all).toEqual(all.toSorted((a, b) => b - a));
  expect(await list({ ...acme, state: "open" })).toEqual(
    shop
      .pulls()
      .filter(({ state }) => state === "open")
      .map(({ number }) => number)
      .toReversed(),
  );
  expect(await list({ ...acme, state: "all", head: "acme:by-hand" })).toHaveLength(1);
  expect(await list({ ...acme, state: "all", base: "none" })).toEqual([]);
  const paged = await octokit.paginate(octokit.rest.pulls.list, {
    ...acme,
    state: "all",
    per_page: 3,
    direction: "asc",
  });
  expect(paged.map(({ number }) => number)).toEqual(all.toReversed());
  const { headers } = await octokit.rest.pulls.list({ ...acme, state: "all", per_page: 3, page: 2 });
  expect([...(headers.link ?? "").matchAll(/rel="(\w+)"/g)].map(([, rel]) => rel)).toEqual([
    "prev",
    "next",
    "last",
    "first",
  ]);
});

test("title, body, base and state change", async () => {
  const number = await propose("edited", { "e.yaml": "1" });
  const { data } = await octokit.rest.pulls.update({
    ...acme,
    pull_number: number,
    title: "New",
    body: "text",
  });
  expect(data).toMatchObject({ title: "New", body: "text" });
  await octokit.rest.pulls.update({ ...acme, pull_number: number, state: "closed" });
  expect(shop.pull(number).state).toBe("closed");
  await octokit.rest.pulls.update({ ...acme, pull_number: number, state: "open" });
  expect(shop.pull(number).state).toBe("open");
});
