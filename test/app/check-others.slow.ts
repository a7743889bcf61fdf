import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stage } from "../../demo/stage.ts";
import { storefrontStage } from "./storefront-stage.ts";

const FILE = "deployment.yaml";
const OWN_FILE = ".github/loadline.yml";

/** Each story starts where the one before it ended. */
describe("the check run of somebody else's pull request", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await storefrontStage({ config: "checks: all\npolicy:\n  window: 2d\n" });
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const main = async (): Promise<string> => (await stage.repository.file("main", FILE)) ?? "";
  const runs = () => stage.repository.checkRuns().filter(({ externalId }) => externalId !== "");
  const runsAt = (sha: string | undefined) => runs().filter(({ headSha }) => headSha === sha);
  const push = async (branch: string, text: string, from = stage.repository): Promise<string> => {
    const head = await from.commit({ branch, author: "alice", files: { [FILE]: text } });
    await stage.quiet();
    return head;
  };
  const open = async (head: string, by = "alice"): Promise<number> => {
    const number = await stage.repository.open(by, head);
    await stage.quiet();
    return number;
  };

  it("says at the lines what changes, and what use says of the new values, and stands in nobody's way", async () => {
    const text = (await main()).replace('cpu: "1"', "cpu: 1m").replace("memory: 1Gi", "memory: 100Gi");
    const head = await push("leaner", text);
    await open("leaner");
    const [run, ...more] = runsAt(head);
    expect(more).toEqual([]);
    expect(run).toMatchObject({
      name: "loadline",
      conclusion: "neutral",
      output: { title: "Requests or limits change: 1 error and 1 warning" },
    });
    expect(run?.output.summary).toContain("### What speaks against it");
    expect(run?.output.summary).toContain(`at \`${FILE}:`);
    const lines = text.split("\n");
    const notes = annotationsOf(run?.output);
    expect(notes.map((one) => [one.annotation_level, lines[one.start_line - 1]?.trim()])).toEqual([
      ["failure", "memory: 100Gi"],
      ["warning", "cpu: 1m"],
    ]);
    expect(notes[1]?.message).toMatch(
      /^Deployment\/shop\/storefront web: requests\.cpu 1m is below what it used at p95 \(\d+m\)\n.+requests\.cpu 1 → 1m/,
    );
  });

  it("is made anew on each push, and there is none where nothing rendered differs any more", async () => {
    const head = await push("leaner", (await main()).replace('cpu: "1"', "cpu: 900m"));
    expect(runsAt(head)).toMatchObject([
      { conclusion: "neutral", output: { title: "Requests or limits change" } },
    ]);
    const before = runs().length;
    await push("leaner", `${await main()}# a word\n`);
    expect(runs()).toHaveLength(before);
  });

  it("compares with where the branch was left, and with all of hundreds of files", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 320 }, (_, index) => [`docs/${index}.md`, `${index}\n`] as const),
    );
    await stage.repository.commit({ branch: "large", author: "alice", files });
    await push("large", (await main()).replace("memory: 2Gi", "memory: 3Gi"));
    await stage.repository.commit({
      author: "bob",
      files: { [FILE]: (await main()).replace('cpu: "1"', "cpu: 950m") },
    });
    await open("large");
    const [run] = runsAt(await stage.repository.tip("large"));
    expect(run?.output.summary).toContain("limits.memory 2Gi → 3Gi");
    expect(run?.output.summary).not.toContain("950m");
  });

  it("comes to a stranger's fork too", async () => {
    const fork = await stage.github.fork(stage.repository, "mallory");
    const text = (await main()).replace("limits:\n              memory: 2Gi\n", "");
    const head = await push("unlimited", text, fork);
    const number = await open("mallory:unlimited", "mallory");
    expect(runsAt(head)).toMatchObject([
      { conclusion: "neutral", externalId: `loadline #${number}`, output: { title: /1 warning$/ } },
    ]);
    const later = await push("unlimited", `${text}# once more\n`, fork);
    expect(runsAt(later)).toHaveLength(1);
  });

  it("fails only where somebody says so, and is not there where the repository does not want it", async () => {
    const say = async (text: string): Promise<void> => {
      await stage.repository.commit({ author: "alice", files: { [OWN_FILE]: `version: 1\n${text}` } });
    };
    const lean = async (): Promise<string> => (await main()).replace("cpu: 950m", "cpu: 1m");
    await say("checksFailOn: warning\n");
    const strict = await push("strict", await lean());
    await open("strict");
    expect(runsAt(strict)).toMatchObject([{ conclusion: "failure" }]);
    await say("checks: own\n");
    const quiet = await push("quiet", await lean());
    await open("quiet");
    expect(runsAt(quiet)).toEqual([]);
  });
});

interface Annotation {
  readonly annotation_level: string;
  readonly start_line: number;
  readonly message: string;
}

function annotationsOf(output: object | undefined): readonly Annotation[] {
  if (!output || !("annotations" in output) || !Array.isArray(output.annotations)) return [];
  return output.annotations.filter(
    (one: unknown): one is Annotation => typeof one === "object" && one !== null && "start_line" in one,
  );
}
