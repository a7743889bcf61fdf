import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mergePull } from "../../src/github/merge.ts";
import { endFollowing } from "../../src/github/merged-pulls.ts";
import { closedPulls, openedAt, openPulls } from "../../src/github/pulls.ts";
import type { InstalledRepository } from "../../src/github/repository.ts";
import { type Marker, readMarker, writeMarker } from "../../src/proposals/marker.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";

const MARKER: Marker = { version: 1, fingerprint: "f", workloads: ["w"] };

describe("pull requests of Loadline's", () => {
  let github: GitHub;
  let shop: RepositoryHandle;
  let repository: InstalledRepository;
  beforeAll(async () => {
    github = await startGitHub();
    shop = await github.createRepository("acme/shop", { files: { "a.yaml": "a: 1\n" } });
    repository = await installedOn(github, "acme/shop");
  });
  afterAll(async () => await github[Symbol.asyncDispose]());

  const open = async (branch: string): Promise<number> => {
    await shop.commit({ branch, files: { [`${branch}.yaml`]: "b: 1\n" } });
    const number = await shop.open("alice", branch);
    await shop.edit(number, "alice", { body: `It is so.\n\n${writeMarker(MARKER)}\n` });
    return number;
  };

  it("are none that come from a fork, however its branches are called, nor do these use up limits", async () => {
    const number = await open("loadline/ours");
    const fork = await github.fork(shop, "mallory");
    await fork.commit({ branch: "loadline/theirs", files: { "f.yaml": "f: 1\n" }, author: "mallory" });
    const theirs = await shop.open("mallory", "mallory:loadline/theirs");
    await shop.edit(theirs, "mallory", { body: writeMarker(MARKER) });
    expect((await openPulls(repository)).map((pull) => pull.number)).toEqual([number]);
    expect(await openedAt(repository)).toEqual([Date.parse(shop.pull(number).createdAt)]);
    await shop.close(theirs, "mallory");
    expect((await closedPulls(repository)).map(({ marker }) => marker)).toEqual([undefined]);
  });

  it("keep what was written into them since they were read when nothing is left to follow", async () => {
    const number = await open("loadline/followed");
    const title = "Right-size it";
    const body = shop.pull(number).body ?? "";
    await shop.merge(number, "alice");
    await shop.edit(number, "alice", { body: `Seen by us. ${body}` });
    const listed = { number, title, body, author: "loadline[bot]", open: false, marker: MARKER };
    await endFollowing(repository, listed);
    const now = shop.pull(number).body ?? "";
    expect(now).toMatch(/^Seen by us\. It is so\./);
    expect(readMarker(now)).toEqual({ ...MARKER, followed: true });
  });

  it("that GitHub refuses to merge are asked for once, since no is no", async () => {
    const number = await open("loadline/refused");
    for (const status of [405, 409]) {
      const end = github.fault({ match: ({ path }) => path.endsWith("/merge"), status });
      const since = github.mark();
      const head = shop.pull(number).pull.head.sha;
      expect(await mergePull(repository, number, head)).toMatchObject({ outcome: "refused" });
      expect(since().filter(({ method }) => method === "PUT")).toHaveLength(1);
      end();
    }
  }, 30_000);
});
