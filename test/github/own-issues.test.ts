import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complain, withdraw } from "../../src/github/complaint.ts";
import { closeDashboard, writeDashboard } from "../../src/github/dashboard.ts";
import { type Overview, readOverview } from "../../src/github/overview.ts";
import type { InstalledRepository } from "../../src/github/repository.ts";
import type { Issue } from "../support/github/model.ts";
import { installedOn } from "../support/github/app-on.ts";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";

let github: GitHub;
beforeAll(async () => {
  github = await startGitHub();
});
afterAll(async () => await github[Symbol.asyncDispose]());

async function stage(name: string): Promise<{ shop: RepositoryHandle; repository: InstalledRepository }> {
  const shop = await github.createRepository(name, { files: { "a.yaml": "a: 1\n" } });
  return { shop, repository: await installedOn(github, name) };
}
const seenIn = async (repository: InstalledRepository): Promise<Overview> =>
  await readOverview(repository, { merged: 0, reverts: 0 });
const requestsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const since = github.mark();
  await work();
  return since().length;
};

describe("the complaint", () => {
  it("costs nothing while the same is wrong, or nothing is", async () => {
    const { shop, repository } = await stage("acme/complaint");
    expect(await requestsOf(async () => await withdraw(repository, undefined, "Over."))).toBe(0);
    await complain(repository, undefined, "It is wrong.");
    const { complaint } = await seenIn(repository);
    expect(await requestsOf(async () => await complain(repository, complaint, "It is wrong."))).toBe(0);
    await complain(repository, complaint, "It is more wrong.");
    await withdraw(repository, (await seenIn(repository)).complaint, "Over.");
    expect(shop.issues()).toMatchObject([{ state: "closed", body: expect.stringContaining("more wrong") }]);
    const closed = (await seenIn(repository)).complaint;
    expect(await requestsOf(async () => await withdraw(repository, closed, "Over."))).toBe(0);
  });

  it("is one, though another process complained since it was looked for", async () => {
    const { shop, repository } = await stage("acme/complaints");
    await complain(repository, undefined, "It is wrong.");
    await complain(repository, undefined, "It is wrong.");
    expect(shop.issues()).toHaveLength(1);
  });
});

describe("the dashboard", () => {
  const BOX = "- [ ] <!-- loadline/api --> Right-size api";

  it("is left to the next sweep where a box was ticked since it was read", async () => {
    const { shop, repository } = await stage("acme/dashboard");
    await writeDashboard(repository, undefined, BOX);
    const { dashboard } = await seenIn(repository);
    expect(await requestsOf(async () => await writeDashboard(repository, dashboard, BOX))).toBe(0);
    const issue = (): Issue | undefined => shop.issues()[0];
    const ticked = (issue()?.body ?? "").replace("[ ]", "[x]");
    await shop.edit(issue()?.number ?? 0, "alice", { body: ticked });
    await writeDashboard(repository, dashboard, "Nothing waits.");
    expect(issue()?.body).toBe(ticked);
    await writeDashboard(repository, (await seenIn(repository)).dashboard, "Nothing waits.");
    expect(issue()?.body).toMatch(/^Nothing waits\./);
  });

  it("is closed once, and not where issues were switched off meanwhile", async () => {
    const { shop, repository } = await stage("acme/dashboards");
    await writeDashboard(repository, undefined, BOX);
    const { dashboard } = await seenIn(repository);
    const switchedOn = github.fault({ match: ({ path }) => /\/issues(?:\/\d+)?$/.test(path), status: 410 });
    await closeDashboard(repository, dashboard);
    switchedOn();
    expect(shop.issues().map(({ state }) => state)).toEqual(["open"]);
    await closeDashboard(repository, dashboard);
    const closed = (await seenIn(repository)).dashboard;
    expect(await requestsOf(async () => await closeDashboard(repository, closed))).toBe(0);
    expect(shop.issues().map(({ state }) => state)).toEqual(["closed"]);
  });
});
