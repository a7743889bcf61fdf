import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, recordedUsage } from "../../demo/recorded-usage.ts";
import { readEntries } from "../../src/audit/audit-file.ts";
import { setStage, type Stage } from "../../demo/stage.ts";

const END = Date.UTC(2026, 10, 20);
const FILE = "apps/storefront/deployment.yaml";

/** Each story starts where the one before it ended. */
describe("the check run of a proposal", () => {
  let stage: Stage;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "loadline-two-apps-"));
    for (const app of ["storefront", "mailer"])
      await cp(path.join(DEMO_REPOSITORY, "apps", app), path.join(folder, "apps", app), { recursive: true });
    const usage = await recordedUsage(END, "2d", 300);
    stage = await setStage({ from: folder, usage, window: "2d", config: CONFIG });
    await stage.quiet();
    await stage.serving.sweeper.sweep();
    await stage.quiet();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const pullOf = (slug: string) => {
    const found = stage.repository
      .pulls()
      .find(({ pull, state }) => state === "open" && pull.head.ref.startsWith(`loadline/${slug}`));
    if (!found) throw new Error(`no pull request for ${slug}`);
    return found;
  };
  const runsOf = (slug: string) => {
    const { sha } = pullOf(slug).pull.head;
    return stage.repository.checkRuns().filter((run) => run.name === "loadline" && run.headSha === sha);
  };
  const textOf = async (ref: string): Promise<string> => (await stage.repository.file(ref, FILE)) ?? "";

  it("passes on every proposal that a sweep opens, and annotates exactly the changed lines", async () => {
    for (const slug of ["apps-storefront", "apps-mailer"]) {
      const [run, ...more] = runsOf(slug);
      expect(more).toEqual([]);
      expect(run).toMatchObject({ status: "completed", conclusion: "success" });
      expect(run?.output.title).toMatch(/^Exactly the proposed numbers of [12] containers? change$/);
    }
    const { pull } = pullOf("apps-storefront");
    const lines = (await textOf(pull.head.ref)).split("\n");
    const [run] = runsOf("apps-storefront");
    expect(run?.output).toHaveProperty("annotations");
    const notes = annotationsOf(run?.output);
    expect(notes.length).toBeGreaterThan(1);
    const before = (await textOf("main")).split("\n");
    for (const { path: file, start_line: line, message } of notes) {
      expect(file).toBe(FILE);
      expect(lines[line - 1]).not.toBe(before[line - 1]);
      expect(message).toMatch(/^Deployment\/shop\/storefront \w+: (?:requests|limits)\.\w+ .+ → \S+$/);
    }
  });

  it("is brought up to date, not doubled, when a webhook comes again", async () => {
    const opened = stage.github.deliveries.filter(({ event }) => event === "pull_request");
    for (const { id } of opened) stage.github.redeliver(id);
    await stage.quiet();
    expect(runsOf("apps-storefront")).toHaveLength(1);
    expect(runsOf("apps-mailer")).toHaveLength(1);
  });

  it("passes again on the branch that set makes anew", async () => {
    stage.repository.addCollaborator("alice", "write");
    const { number } = pullOf("apps-storefront");
    stage.repository.comment(number, "alice", "/loadline set web cpu=777m");
    await stage.quiet();
    expect(await textOf(pullOf("apps-storefront").pull.head.ref)).toContain("777m");
    expect(runsOf("apps-storefront")).toMatchObject([{ conclusion: "success" }]);
  });

  it("fails where somebody changes a number to another than was proposed", async () => {
    const { pull } = pullOf("apps-storefront");
    const text = (await textOf(pull.head.ref)).replace("777m", "778m");
    await stage.repository.commit({ branch: pull.head.ref, author: "alice", files: { [FILE]: text } });
    await stage.quiet();
    const [run] = runsOf("apps-storefront");
    expect(run).toMatchObject({ conclusion: "failure", output: { title: "Not what was proven" } });
    expect(run?.output.summary).toContain("requests.cpu becomes `778m`, which was not proposed");
  });

  it("fails where somebody changes something else of what is rendered", async () => {
    const { pull } = pullOf("apps-storefront");
    const text = (await textOf(pull.head.ref))
      .replace("778m", "777m")
      .replace(/replicas: \d+/, "replicas: 9");
    expect(text).toContain("replicas: 9");
    await stage.repository.commit({ branch: pull.head.ref, author: "alice", files: { [FILE]: text } });
    await stage.quiet();
    const [run] = runsOf("apps-storefront");
    expect(run?.conclusion).toBe("failure");
    expect(run?.output.summary).toMatch(/spec\.replicas of Deployment storefront would change too/);
  });

  it("fails where the base has changed the same file, and passes when rebase has made it anew", async () => {
    const main = await textOf("main");
    await stage.repository.commit({ author: "bob", files: { [FILE]: `${main}# a word\n` } });
    const { number, pull } = pullOf("apps-storefront");
    await stage.repository.commit({
      branch: pull.head.ref,
      author: "alice",
      files: { "NOTES.md": "mine\n" },
    });
    await stage.quiet();
    const [run] = runsOf("apps-storefront");
    expect(run?.output.title).toBe("The base has moved: the proof no longer holds");
    expect(run?.output.summary).toContain(`\`${FILE}\` has changed on \`main\` since this was proven`);
    stage.repository.comment(number, "alice", "/loadline rebase");
    await stage.quiet();
    expect(runsOf("apps-storefront")).toMatchObject([{ conclusion: "success" }]);
  });

  it("and every decision stands in the audit log: of sweeps, and of commands, allowed or refused", async () => {
    stage.repository.addCollaborator("reader", "read");
    const { number } = pullOf("apps-storefront");
    stage.repository.comment(number, "reader", "/loadline merge");
    await stage.quiet();
    await stage.repository.close(number, "alice");
    const fork = await stage.github.fork(stage.repository, "mallory");
    await fork.commit({ branch: "loadline/theirs", author: "mallory", files: { "NOTES.md": "mine\n" } });
    const theirs = await stage.repository.open("mallory", "mallory:loadline/theirs");
    await stage.repository.close(theirs, "mallory");
    await stage.quiet();
    const { entries } = await readEntries(path.join(stage.setup.folder, "decisions/audit.jsonl"), 0);
    expect(entries.filter((entry) => entry.number === theirs)).toEqual([]);
    const told = entries.filter((entry) => entry.number === number);
    expect(told.map((one) => [one.actor, one.command ?? one.action, one.outcome])).toEqual([
      ["loadline", "opened", "done"],
      ["loadline", "updated", "done"],
      ["alice", "set web requests.cpu=777m", "done"],
      ["loadline", "rebased", "done"],
      ["alice", "rebase", "done"],
      ["reader", "merge", "refused"],
      ["alice", "closed", "done"],
    ]);
    expect(told[0]?.workloads).toContain("prod Deployment/shop/storefront web");
    expect(told.every(({ evidence }) => evidence !== null)).toBe(true);
  });
});

const CONFIG = "audit: decisions/audit.jsonl\npolicy:\n  window: 2d\n";

interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly message: string;
}

function annotationsOf(output: object | undefined): readonly Annotation[] {
  if (!output || !("annotations" in output) || !Array.isArray(output.annotations)) return [];
  return output.annotations.filter(
    (one: unknown): one is Annotation => typeof one === "object" && one !== null && "start_line" in one,
  );
}
