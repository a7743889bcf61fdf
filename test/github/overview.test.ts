import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inWords } from "../../src/github/in-words.ts";
import { endFollowing } from "../../src/github/merged-pulls.ts";
import { readMerges, readOverview } from "../../src/github/overview.ts";
import { openPulls } from "../../src/github/pulls.ts";
import type { InstalledRepository } from "../../src/github/repository.ts";
import { writeMarker } from "../../src/proposals/marker.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";

const DAY = 86_400_000;
const ALL = { merged: 0, reverts: 0, closed: 0 };
const { owner, repo } = { owner: "acme", repo: "shop" };

describe("what is Loadline's in a repository", () => {
  let github: GitHub;
  let shop: RepositoryHandle;
  let repository: InstalledRepository;
  beforeAll(async () => {
    github = await startGitHub();
    shop = await github.createRepository("acme/shop", { files: { "a.yaml": "a: 1\n" } });
    repository = await installedOn(github, "acme/shop", { retry: { retryAfterBaseValue: 1 } });
  });
  afterAll(async () => await github[Symbol.asyncDispose]());

  let made = 0;
  /** As the App opens one. */
  const open = async (branch: string, labels: string[] = ["loadline"], by: "app" | "alice" = "app") => {
    const fingerprint = `f${(made += 1)}`;
    const reverts = labels.includes("loadline-revert") ? { reverts: { number: 1, branch: "b" } } : {};
    const body = `It is so.\n\n${writeMarker({ version: 1, fingerprint, workloads: ["w"], ...reverts })}\n`;
    await shop.commit({ branch, files: { [`${made}.yaml`]: "b: 1\n" } });
    const { rest } = repository.client;
    const asked = { owner, repo, title: branch, body, head: branch, base: "main" };
    const number = by === "app" ? (await rest.pulls.create(asked)).data.number : await shop.open(by, branch);
    if (by !== "app") await shop.edit(number, by, { body });
    if (labels.length > 0) await rest.issues.addLabels({ owner, repo, issue_number: number, labels });
    return number;
  };

  it("is one request, and says of open pull requests what their list says", async () => {
    await open("loadline/one");
    await open("loadline/unlabelled", []);
    await open("other");
    const fork = await github.fork(shop, "mallory");
    await fork.commit({ branch: "loadline/fork", files: { "f.yaml": "f: 1\n" }, author: "mallory" });
    await shop.open("mallory", "mallory:loadline/fork");
    const since = github.mark();
    const overview = await readOverview(repository, ALL);
    expect(since().map(({ path, graphql }) => [path, graphql])).toEqual([["/api/graphql", "query"]]);
    expect(overview.open.map(({ branch }) => branch)).toEqual(["loadline/unlabelled", "loadline/one"]);
    expect(overview.open).toEqual(await openPulls(repository));
    expect(overview).toMatchObject({ onboarding: undefined, complaint: undefined, dashboard: undefined });
  });

  it("tells merged ones and those that take back by their labels, and only where a bot opened them", async () => {
    const merged = await open("loadline/merged");
    const theirs = await open("theirs", ["loadline", "loadline-revert"], "alice");
    const revert = await open("loadline/revert-1", ["loadline", "loadline-revert"]);
    for (const number of [merged, theirs, revert]) await shop.merge(number, "alice");
    const declined = await open("loadline/declined");
    // Who closed it said that the cause was another.
    const unwanted = await open("loadline/revert-2", ["loadline", "loadline-revert"]);
    for (const number of [declined, unwanted]) await shop.close(number, "alice");
    const overview = await readOverview(repository, ALL);
    const { login } = shop.pull(merged).user;
    expect(login).toMatch(/\[bot\]$/);
    expect(overview.merged.map(({ number }) => number)).toEqual([revert, merged]);
    expect(overview.merged[1]).toMatchObject({ open: false, author: login, title: "loadline/merged" });
    expect(overview.merged[1]?.mergedMs).toBe(Date.parse(shop.pull(merged).pull.merged?.at ?? ""));
    expect(overview.reverts).toMatchObject([
      { number: unwanted, open: false },
      { number: revert, marker: { workloads: ["w"] } },
    ]);
    expect(overview.closed.map(({ number, mergedMs }) => [number, mergedMs !== undefined])).toEqual([
      [unwanted, false],
      [declined, false],
      [revert, true],
      [theirs, true],
      [merged, true],
    ]);
    expect(overview.closed.find(({ number }) => number === theirs)?.marker).toBeUndefined();
    await shop.edit(revert, "alice", { body: `${shop.pull(revert).body ?? ""}\nA word of Alice's.\n` });
    for (const one of overview.reverts) await endFollowing(repository, one);
    expect(shop.pull(revert).body).toContain("A word of Alice's.");
    expect(overview.ended.map(({ number }) => number)).toEqual([declined, revert]);
    const later = await readOverview(repository, { merged: 0, reverts: 0 });
    expect(later.merged.map(({ number }) => number)).toEqual([merged]);
    expect(later.closed).toEqual([]);
  });

  it("finds its issues, and the pull request that adds the file, whatever became of them", async () => {
    const { rest } = repository.client;
    const body = "It is so.\n\n<!-- loadline dashboard -->";
    const labels = ["loadline-dashboard"];
    const { data } = await rest.issues.create({ owner, repo, title: "Loadline dashboard", body, labels });
    await rest.issues.update({ owner, repo, issue_number: data.number, state: "closed" });
    const configure = await open("loadline/configure");
    await shop.close(configure, "alice");
    expect(await readOverview(repository, ALL)).toMatchObject({
      onboarding: configure,
      complaint: undefined,
      dashboard: { number: data.number, state: "closed", body },
    });
  });

  it("of thousands that nobody touched lately costs no more", async () => {
    const [old, late] = [await open("loadline/old"), await open("loadline/late")];
    for (const number of [old, late]) await shop.merge(number, "alice");
    shop.repeat(old, 3000, new Date(Date.now() - 400 * DAY).toISOString());
    const asked = async (since: number) => {
      const mark = github.mark();
      const found = await readOverview(repository, { merged: since, reverts: since, closed: since });
      return { requests: mark().length, merged: found.merged };
    };
    const recent = await asked(Date.now() - 30 * DAY);
    expect(recent.requests).toBe(1);
    expect(recent.merged.slice(0, 2).map(({ number }) => number)).toEqual([late, old]);
    expect(recent.merged.every(({ number }) => number < 3000)).toBe(true);
    const all = await asked(0);
    expect(all.requests).toBe(31);
    expect(all.merged).toHaveLength(recent.merged.length + 3000);
  });

  it("is asked for in smaller pages where GitHub does not manage large ones in time", async () => {
    const match = ({ path }: { readonly path: string }): boolean => path === "/api/graphql";
    const since = Date.now() - 30 * DAY;
    const wanted = await readOverview(repository, { merged: since, reverts: since });
    const end = github.fault({ match, status: 502, times: 1 });
    expect(await readOverview(repository, { merged: since, reverts: since })).toEqual(wanted);
    end();
  });

  it("has the newest hundred that were declined by small pages, too, and tries large ones only once", async () => {
    const declined = await open("loadline/declined-often");
    await shop.close(declined, "alice");
    shop.repeat(declined, 150, new Date(Date.now() + 60_000).toISOString());
    const since = Date.now() - 30 * DAY;
    const asked = async () => {
      const mark = github.mark();
      const { ended } = await readOverview(repository, { merged: since, reverts: since });
      return {
        requests: mark().length,
        declined: ended.filter(({ mergedMs }) => mergedMs === undefined).length,
      };
    };
    expect(await asked()).toEqual({ requests: 1, declined: 100 });
    const match = ({ path }: { readonly path: string }): boolean => path === "/api/graphql";
    const end = github.fault({ match, status: 502, times: 1 });
    // The one that failed, and a hundred by twenty.
    expect(await asked()).toEqual({ requests: 6, declined: 100 });
    end();
    // Small ones are tried as often as any request.
    const away = github.fault({ match, status: 502 });
    const mark = github.mark();
    await expect(readOverview(repository, ALL)).rejects.toMatchObject({ status: 502 });
    expect(mark()).toHaveLength(5);
    away();
  });

  it("knows which containers merged ones changed, however many of others' were closed since", async () => {
    const theirs = await open("theirs-again", [], "alice");
    await shop.close(theirs, "alice");
    shop.repeat(theirs, 250, new Date(Date.now() + 120_000).toISOString());
    const since = Date.now() + DAY;
    const overview = await readOverview(repository, { merged: since, reverts: since });
    expect(overview.merged).toEqual([]);
    expect(new Set(overview.mergedBefore)).toEqual(new Set(["w"]));
  });

  it("costs who only follows merges nothing for what others have there", async () => {
    const theirs = await open("theirs-open", [], "alice");
    shop.repeat(theirs, 250, new Date().toISOString());
    const since = Date.now() - 30 * DAY;
    const { merged, reverts } = await readOverview(repository, { merged: since, reverts: since });
    const mark = github.mark();
    expect(await readMerges(repository, { merged: since, reverts: since, closed: 0 })).toEqual({
      merged,
      reverts,
    });
    expect(mark()).toHaveLength(1);
  });

  it("is not there for whom the App was taken away, which is said", async () => {
    github.installation("acme").remove("acme/shop");
    const error: unknown = await readOverview(repository, ALL).catch((thrown: unknown) => thrown);
    expect(inWords(error)).toMatch(/^GitHub does not find it any more \(404\): the App was removed from it/);
  });
});
