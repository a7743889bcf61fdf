import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, recordedUsage } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import { readMarker } from "../../src/proposals/marker.ts";

const END = Date.UTC(2026, 10, 20);

/** Each story starts where the one before it ended. */
describe("commands in a pull request", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      from: DEMO_REPOSITORY,
      usage: await recordedUsage(END, "2d", 300),
      window: "2d",
    });
    await stage.quiet();
    await stage.serving.sweeper.sweep();
    stage.repository.addCollaborator("alice", "write");
    stage.repository.addCollaborator("reader", "read");
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const pullOf = (slug: string) => {
    const found = stage.repository
      .pulls()
      .find(({ pull, state }) => state === "open" && pull.head.ref.startsWith(`loadline/${slug}`));
    if (!found) throw new Error(`no pull request for ${slug}`);
    return found;
  };
  const answerTo = async (number: number, text: string, login = "alice"): Promise<string> => {
    stage.repository.comment(number, login, text);
    await stage.quiet();
    const answers = stage.repository
      .comments(number)
      .filter(({ body }) => !body.includes("### After the merge"));
    return answers.at(-1)?.body ?? "";
  };

  it("set changes the branch to these values, and a sweep keeps them", async () => {
    const { number, pull } = pullOf("apps-storefront");
    expect(await answerTo(number, "/loadline set web cpu=777m")).toMatch(/shall have requests\.cpu `777m`/);
    const written = async (): Promise<string> =>
      (await stage.repository.file(pull.head.ref, "apps/storefront/deployment.yaml")) ?? "";
    expect(await written()).toContain(`cpu: "777m"`);
    await stage.serving.sweeper.sweep();
    expect(await written()).toContain(`cpu: "777m"`);
  });

  it("set refuses what the policy does not allow, and what Kubernetes would not", async () => {
    const { number } = pullOf("apps-storefront");
    expect(await answerTo(number, "/loadline set web cpu=500")).toMatch(
      /The policy allows cpu requests from/,
    );
    expect(await answerTo(number, "/loadline set nobody cpu=1")).toMatch(/Name one of these/);
    expect(await answerTo(number, "/loadline set cpu=lots")).toMatch(/is no amount/);
  });

  it("undo takes it back", async () => {
    const { number, pull } = pullOf("apps-storefront");
    expect(await answerTo(number, "/loadline undo")).toMatch(/are taken back/);
    expect(await stage.repository.file(pull.head.ref, "apps/storefront/deployment.yaml")).not.toContain(
      "777m",
    );
    expect(await answerTo(number, "/loadline undo")).toMatch(/nothing to undo/);
  });

  it("hold leaves a pull request as it is, whatever is measured", async () => {
    const { number } = pullOf("apps-mailer");
    expect(await answerTo(number, "/loadline hold 3d")).toMatch(/left as it is for 3d/);
    const before = pullOf("apps-mailer").body;
    await stage.record(await recordedUsage(END, "2d", 300, { "Deployment/shop/mailer": 3 }));
    const { repositories } = await stage.serving.sweeper.sweep();
    const held = repositories[0]?.published.find((one) => one.number === number);
    expect(held?.outcome).toBe("held");
    expect(pullOf("apps-mailer").body).toBe(before);
    expect(await answerTo(number, "/loadline merge")).toMatch(/is on hold/);
    await stage.record(await recordedUsage(END, "2d", 300));
  });

  it("a branch with somebody's commit is left alone, said once, and rebase takes it back", async () => {
    const { number, pull } = pullOf("apps-catalog");
    await stage.repository.commit({
      branch: pull.head.ref,
      author: "alice",
      files: { "apps/catalog/NOTES.md": "mine\n" },
    });
    await stage.record(await recordedUsage(END, "2d", 300, { "Deployment/shop/catalog": 3 }));
    await stage.serving.sweeper.sweep();
    await stage.serving.sweeper.sweep();
    const said = stage.repository
      .comments(number)
      .filter(({ body }) => body.includes("left alone from now on"));
    expect(said).toHaveLength(1);
    expect(await answerTo(number, "/loadline rebase")).toMatch(/updated/);
    expect(await stage.repository.file(pull.head.ref, "apps/catalog/NOTES.md")).toBeUndefined();
    await stage.record(await recordedUsage(END, "2d", 300));
    await stage.serving.sweeper.sweep();
  });

  it("ignore writes into the repository's file what is left alone, by a pull request", async () => {
    const { number } = pullOf("apps-storefront");
    const answer = await answerTo(
      number,
      "/loadline ignore web until 2027-01-31 reason <b>load</b> tests @all",
    );
    const opened = Number(/#(\d+) writes it/.exec(answer)?.[1]);
    const made = stage.repository.pulls().find((one) => one.number === opened);
    expect(await stage.repository.file(made?.pull.head.ref ?? "", ".github/loadline.yml")).toMatch(
      /ignore:\n {2}- workload: Deployment\/shop\/storefront\n {4}container: web\n {4}until: .?2027-01-31.?\n {4}reason: /,
    );
  });

  it("merge merges, and revert opens a pull request that takes it back", async () => {
    const { number, pull } = pullOf("apps-search");
    const before = await stage.repository.file("main", "apps/search/search.yaml");
    expect(await answerTo(number, "/loadline merge")).toMatch(/Merged as [0-9a-f]{10}/);
    expect(await stage.repository.file("main", "apps/search/search.yaml")).not.toBe(before);
    const answer = await answerTo(number, "/loadline revert");
    const back = Number(/#(\d+) takes it back/.exec(answer)?.[1]);
    expect(await stage.repository.file(`loadline/revert-${number}`, "apps/search/search.yaml")).toBe(before);
    expect(await answerTo(back, "/loadline merge")).toMatch(/Merged as/);
    expect(await stage.repository.file("main", "apps/search/search.yaml")).toBe(before);
    await stage.serving.sweeper.sweep();
    const again = stage.repository.pulls().filter((one) => one.pull.head.ref === pull.head.ref);
    expect(again.map(({ state }) => state)).toEqual(["closed"]);
  });

  it("whoever may not write is told so, and may ask for help", async () => {
    const { number } = pullOf("apps-storefront");
    for (const order of [
      "set cpu=1",
      "merge",
      "hold",
      "ignore",
      "split",
      "undo",
      "rebase",
      "approve",
      "revert",
    ])
      expect(await answerTo(number, `/loadline ${order}`, "reader")).toMatch(/may not give/);
    expect(await answerTo(number, "/loadline help", "reader")).toMatch(/lists the commands/);
  });

  it("commands in one comment run in order, and are answered together", async () => {
    const { number } = pullOf("apps-storefront");
    const answer = await answerTo(number, "/loadline set web cpu=700m\n/loadline undo\n/loadline hold 1d");
    expect(answer.split("\n\n---\n\n")).toHaveLength(3);
    expect(readMarker(pullOf("apps-storefront").body ?? "")?.said).toMatchObject({
      set: [],
      holdUntil: expect.any(String),
    });
  });
});

/** Of the stage's clock: pull requests are opened by GitHub's. */
const LATER = Date.UTC(2040, 0, 1);

/** With a policy that merges by itself what was merged before. */
describe("mode: auto", () => {
  it("merges what is proven and was merged before, once it has soaked, and nothing else", async () => {
    await using stage = await setStage({
      from: DEMO_REPOSITORY,
      usage: await recordedUsage(LATER, "2d", 300),
      window: "2d",
      // Goes on where the stage's own `pullRequests` ends.
      config:
        "  merge: { soak: 1s, largestDecreasePercent: 100 }\npolicy: { window: 2d, mode: auto, strategy: percentile }\n",
    });
    await stage.quiet();
    await stage.serving.sweeper.sweep();
    await stage.quiet();
    // Nothing of these containers was ever merged.
    expect((await stage.serving.sweeper.sweep()).repositories[0]?.merged).toEqual([]);
    const find = (state: string) =>
      stage.repository
        .pulls()
        .find((one) => one.state === state && one.pull.head.ref.startsWith("loadline/apps-search"));
    const file = "apps/search/search.yaml";
    const before = (await stage.repository.file("main", file)) ?? "";
    await stage.repository.merge(find("open")?.number ?? 0, "alice");
    // The cluster still asks for what it did, so the file has to say so too.
    await stage.repository.commit({ branch: "main", author: "alice", files: { [file]: before } });
    await stage.record(await recordedUsage(LATER, "2d", 300, { "StatefulSet/shop/search": 3 }));
    await stage.quiet();
    // Opened by one sweep, merged by the next.
    await stage.serving.sweeper.sweep();
    await stage.serving.sweeper.sweep();
    await stage.quiet();
    const merged = stage.repository.pulls().filter(({ pull }) => pull.merged !== null);
    expect(merged.map(({ pull }) => [pull.head.ref, pull.merged?.by.login])).toEqual([
      ["loadline/apps-search", "alice"],
      ["loadline/apps-search", stage.github.app.botLogin],
    ]);
  });
});
