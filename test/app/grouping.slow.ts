import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import { usageOf } from "./usage-of.ts";
import { stopDelivering } from "./storefront-stage.ts";

const END = Date.UTC(2026, 10, 20);
const FILE = ".github/loadline.yml";

/** Each story starts where the one before it ended. */
describe("pull requests grouped by", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      from: DEMO_REPOSITORY,
      usage: await usageOf(["storefront", "mailer", "catalog", "checkout"], END),
      window: "2d",
    });
    await stage.quiet();
    stopDelivering(stage);
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const sweepBy = async (groupBy: string, codeowners = "") => {
    await stage.repository.commit({
      author: "alice",
      files: { [FILE]: `version: 1\ngroupBy: ${groupBy}\n`, CODEOWNERS: codeowners },
    });
    const { repositories, failures } = await stage.serving.sweeper.sweep();
    expect(failures).toEqual([]);
    return repositories[0];
  };
  const open = () =>
    stage.repository
      .pulls()
      .filter(({ state }) => state === "open")
      .map(({ pull }) => pull.head.ref)
      .sort();
  const numberOf = (branch: string) =>
    stage.repository.pulls().find(({ pull, state }) => pull.head.ref === branch && state === "open")
      ?.number ?? 0;

  it("application are closed with a word when they are grouped by namespace, which opens others", async () => {
    await sweepBy("application");
    expect(open()).toEqual(
      ["catalog", "checkout", "mailer", "storefront"].map((name) => `loadline/apps-${name}`),
    );
    const swept = await sweepBy("namespace");
    expect(swept?.closed).toHaveLength(4);
    expect(open()).toEqual(["loadline/namespace.shop"]);
    expect(stage.repository.comments(1).at(-1)?.body).toMatch(/one pull request for each namespace now/);
    expect(await stage.repository.branches()).toEqual(["loadline/namespace.shop", "main"]);
  });

  it("doing it again writes nothing", async () => {
    const since = stage.github.mark();
    await stage.serving.sweeper.sweep();
    const writes = since().filter(({ method, path }) => method !== "GET" && path.startsWith("/repos/"));
    expect(writes.filter(({ path }) => !path.includes("access_tokens"))).toEqual([]);
  });

  it("namespace are declined as others are, also for another grouping", async () => {
    await stage.repository.close(numberOf("loadline/namespace.shop"), "alice");
    const again = await sweepBy("namespace");
    expect(again?.published.map(({ outcome }) => outcome)).toEqual(["declined"]);
    const others = await sweepBy("application");
    expect(new Set(others?.published.map(({ outcome }) => outcome))).toEqual(new Set(["declined"]));
    expect(open()).toEqual([]);
    await stage.repository.edit(numberClosed("loadline/namespace.shop"), "alice", { body: "" });
  });

  it("team are one for each set of owners of the files", async () => {
    await sweepBy(
      "team",
      "/apps/mailer/ @acme/mail\n/apps/checkout/ @acme/mail\n/apps/catalog/ @acme/shop\n",
    );
    expect(open()).toEqual([
      expect.stringMatching(/^loadline\/team\.acme-mail-/),
      expect.stringMatching(/^loadline\/team\.acme-shop-/),
      "loadline/team.root",
    ]);
  });

  it("what people have a hand in stay, and nothing is proposed twice", async () => {
    const branch = open().find((one) => one.includes("mail")) ?? "";
    await stage.repository.commit({ branch, author: "alice", files: { "NOTES.md": "mine\n" } });
    const swept = await sweepBy("workload");
    expect(swept?.held.map(({ reason }) => reason.code)).toEqual(["open-elsewhere", "open-elsewhere"]);
    expect(open()).toHaveLength(3);
    await stage.repository.close(numberOf(branch), "alice");
    await stage.repository.edit(numberClosed(branch), "alice", { body: "" });
    expect((await sweepBy("workload"))?.held).toEqual([]);
    expect(open()).toHaveLength(4);
  });

  function numberClosed(branch: string): number {
    return stage.repository.pulls().findLast(({ pull }) => pull.head.ref === branch)?.number ?? 0;
  }
});
