import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEntries } from "../../src/audit/audit-file.ts";
import { COMMANDS, type CommandName } from "../../src/domain/command-name.ts";
import { answerMarker } from "../../src/github/comments.ts";
import { catchUp } from "../../src/orders/catch-up.ts";
import type { AppSetup, Serving } from "../../src/serve.ts";
import { visitsOf } from "../../src/sweep/visits.ts";
import type { RepositoryHandle } from "../support/github/github.ts";
import { asInstallation } from "../support/github/octokits.ts";
import { isWrite } from "./deaths.ts";
import { type Lives, manyLives } from "./lives.ts";

type Ordered = Exclude<CommandName, "help">;
const ORDERED = COMMANDS.filter((name): name is Ordered => name !== "help");

/** As somebody would write it. */
const WRITTEN: Readonly<Partial<Record<Ordered, string>>> = {
  set: "set web cpu=777m",
  hold: "hold 2w",
  ignore: "ignore web",
  try: "try 5m",
};
const written = (name: Ordered): string => `/loadline ${WRITTEN[name] ?? name}`;

/** What comes of it in an open pull request of Loadline's, one after the other in this order. */
const OBEYED: readonly (readonly [Ordered, RegExp])[] = [
  ["explain", /^\*\*`Deployment\/shop\/storefront \w+`\*\* in `prod`/],
  ["set", /shall have requests\.cpu `777m`/],
  ["undo", /are taken back/],
  ["refresh", /^Measured again/],
  ["sweep", /^Measured again/],
  ["rebase", /: (rebased|updated)/],
  ["try", /^The policy of this workload allows no trials/],
  ["split", /only one workload/],
  ["ignore", /writes it into/],
  ["hold", /left as it is for 14d/],
  ["approve", /is on hold/],
  ["merge", /is on hold/],
  ["revert", /is not merged/],
];

const NEEDS_PULL = /^This command belongs into a pull request that Loadline opened/;
/** What comes of it in an issue of a person's. */
const ELSEWHERE: Readonly<Record<Ordered, RegExp>> = {
  explain: /^Which container\?/,
  refresh: /^Measured again/,
  sweep: /^Measured again/,
  ignore: /writes it into `.github\/loadline.yml`/,
  revert: /^Only a merged pull request of Loadline's/,
  set: NEEDS_PULL,
  undo: NEEDS_PULL,
  rebase: NEEDS_PULL,
  try: NEEDS_PULL,
  split: NEEDS_PULL,
  hold: NEEDS_PULL,
  approve: NEEDS_PULL,
  merge: NEEDS_PULL,
};

/** Who is what, by login. */
const MAY = ["admin", "maintainer", "writer", "carpenter"];
const MAY_NOT = ["triager", "reader", "auditor", "nobody", "former", "mallory"];

let lives: Lives;
let repository: RepositoryHandle;
let setup: AppSetup;
let serving: Serving;

/** Each story starts where the one before it ended. */
describe("every command by every role", () => {
  beforeAll(async () => {
    lives = await manyLives();
    repository = await lives.repository("storefront");
    repository.addCollaborator("admin", "admin");
    repository.addCollaborator("maintainer", "maintain");
    repository.addCollaborator("writer", "write");
    repository.addCollaborator("carpenter", "write", "carpenter");
    repository.addCollaborator("triager", "triage");
    repository.addCollaborator("reader", "read");
    repository.addCollaborator("auditor", "read", "auditor");
    repository.addCollaborator("former", "admin");
    repository.removeCollaborator("former");
    lives.github.account("nobody");
    await begin();
    await serving.sweeper.sweep();
    await quiet();
  });
  afterAll(async () => {
    await serving[Symbol.asyncDispose]();
    await lives[Symbol.asyncDispose]();
  });

  it.each(MAY_NOT)("%s is refused each of them, once, and told who may", async (login) => {
    const number = ours();
    const before = await stateOf();
    const since = lives.github.mark();
    const answers = await say(number, login, ORDERED.map(written));
    expect(answers).toEqual(
      ORDERED.map((name) => [
        `\`${login}\` may not give \`/loadline ${name}\` here, which is for the role \`write\`.`,
      ]),
    );
    expect(await stateOf()).toEqual(before);
    const writes = since().filter(isWrite);
    expect(new Set(writes.map(({ path: at }) => at.replace(/\d+(?=\/reactions)/, "N")))).toEqual(
      new Set([
        `/repos/${repository.fullName}/issues/comments/N/reactions`,
        `/repos/${repository.fullName}/issues/${number}/comments`,
      ]),
    );
    expect(await audited(login)).toEqual(ORDERED.map(() => "refused"));
  });

  it("anybody is helped, and told of a slip of the pen", async () => {
    const [help, slip] = await say(ours(), "nobody", ["/loadline help", "/loadline mrege"]);
    expect(help?.[0]).toMatch(/lists the commands/);
    expect(slip?.[0]).toMatch(/Did you mean `\/loadline merge`\?/);
  });

  it("a bot is not answered, whatever it may", async () => {
    lives.github.account("helper[bot]", "Bot");
    repository.addCollaborator("helper[bot]", "admin");
    const before = await stateOf();
    const since = lives.github.mark();
    expect(await say(ours(), "helper[bot]", ["/loadline help", ...ORDERED.map(written)])).toEqual([
      [],
      ...ORDERED.map(() => []),
    ]);
    expect(since()).toEqual([]);
    expect(await stateOf()).toEqual(before);
  });

  it.each<readonly [string, Parameters<Lives["github"]["fault"]>[0]]>([
    ["is at fault", { status: 500 }],
    ["forbids it", { status: 403 }],
    ["knows of nobody of that name", { status: 404 }],
    ["says something else", { status: 200, body: {} }],
    ["says nothing", { drop: "before" }],
  ])("an admin is refused where GitHub, asked for the role, %s", async (_, fault) => {
    const before = await stateOf();
    const end = lives.github.fault({ match: ({ path: at }) => at.endsWith("/permission"), ...fault });
    const answers = await say(ours(), "admin", (["merge", "ignore", "set"] as const).map(written));
    end();
    expect(answers).toEqual(answers.map(() => [expect.stringMatching(/^`admin` may not give/)]));
    expect(await stateOf()).toEqual(before);
  });

  it.each(MAY)("%s is obeyed in each of them", async (login) => {
    const { number } = await repository.openIssue("nobody", `Of ${login}`);
    const answers = await say(number, login, ORDERED.map(written));
    expect(answers).toEqual(ORDERED.map((name) => [expect.stringMatching(ELSEWHERE[name])]));
    expect(await audited(login)).toEqual(
      ORDERED.map(() => "done").concat(login === "admin" ? Array.from({ length: 15 }, () => "refused") : []),
    );
  });

  it("and with effect where it belongs", async () => {
    for (const [name, answer] of OBEYED)
      expect([name, ...((await say(ours(), "writer", [written(name)]))[0] ?? [])]).toEqual([
        name,
        expect.stringMatching(answer),
      ]);
  });

  it("what was approved is merged once its checks have passed, in the name of who approved it", async () => {
    const other = await lives.repository("mailer");
    other.addCollaborator("writer", "write");
    const elsewhere = lives.setup([other], { config: "audit: approved.jsonl\n" });
    await using listening = await lives.serve(elsewhere);
    await listening.sweeper.sweep();
    const [pull] = other.pulls();
    const { rest } = asInstallation(lives.github, other.owner);
    const at = { owner: other.owner, repo: other.name };
    const head_sha = pull?.pull.head.sha ?? "";
    const { data: run } = await rest.checks.create({ ...at, name: "ci", head_sha, status: "in_progress" });
    other.comment(1, "writer", "/loadline approve");
    await quiet(listening);
    expect(pull?.pull.merged).toBeNull();
    await rest.checks.update({ ...at, check_run_id: run.id, conclusion: "success" });
    await quiet(listening);
    expect(pull?.pull.merged).not.toBeNull();
    const { entries } = await readEntries(path.join(elsewhere.folder, "approved.jsonl"), 0);
    expect(entries.map(({ actor, action }) => `${actor} ${action}`)).toContain("writer merged");
  });

  it("also where that was during a sweep, and nobody heard of the checks", async () => {
    const other = await lives.repository("mailer");
    other.addCollaborator("writer", "write");
    const elsewhere = lives.setup([other]);
    const visits = visitsOf(elsewhere);
    const { rest } = asInstallation(lives.github, other.owner);
    const at = { owner: other.owner, repo: other.name };
    const sweepMeanwhile = async (): Promise<number> => {
      await using listening = await lives.serve(elsewhere);
      await listening.sweeper.sweep();
      // With which another sweep begins.
      await (await visits(other.fullName)).overview();
      const head_sha = other.pulls()[0]?.pull.head.sha ?? "";
      const { data } = await rest.checks.create({ ...at, name: "ci", head_sha, status: "in_progress" });
      other.comment(1, "writer", "/loadline approve");
      await quiet(listening);
      return data.id;
    };
    const check_run_id = await sweepMeanwhile();
    await rest.checks.update({ ...at, check_run_id, conclusion: "success" });
    await catchUp(elsewhere, async () => {}, visits, other.fullName);
    expect(other.pulls()[0]?.pull.merged).not.toBeNull();
  });

  it("of commands that came while nobody listened, too", async () => {
    await serving[Symbol.asyncDispose]();
    const number = ours();
    const asked = ["reader", "helper[bot]", "admin"].map((login) =>
      repository.comment(number, login, "/loadline merge"),
    );
    await begin();
    await quiet();
    expect(asked.map(({ id }) => answersTo(number, id))).toEqual([
      [expect.stringMatching(/^`reader` may not give/)],
      [],
      [expect.stringMatching(/is on hold/)],
    ]);
  });

  /** Whoever opens it may call the branch, and write into the body, what they like. */
  it("in the pull request of a stranger's fork nothing of the fork is touched", async () => {
    const fork = await lives.github.fork(repository, "mallory");
    const branch = "loadline/apps-storefront";
    const file = "apps/storefront/deployment.yaml";
    const text = (await repository.file("main", file)) ?? "";
    await fork.commit({
      branch,
      author: "mallory",
      files: { [file]: text.replaceAll("cpu:", "cpu: # mine\n") },
    });
    const number = await repository.open("mallory", `mallory:${branch}`);
    await repository.edit(number, "mallory", { body: repository.pull(ours()).body });
    await quiet();
    const before = await stateOf();
    const since = lives.github.mark();
    const asked = ORDERED.filter((name) => name !== "ignore").map(written);
    expect(await say(number, "mallory", asked)).toEqual(
      asked.map(() => [expect.stringMatching(/^`mallory` may not give/)]),
    );
    const answers = await say(number, "admin", asked);
    expect(
      answers.flat().filter((answer) => /Merged|shall have|left as it is|takes it back/.test(answer)),
    ).toEqual([]);
    expect(answers).toHaveLength(asked.length);
    expect(await stateOf()).toEqual(before);
    const ofTheirs = since().filter(({ path: at, query }) => /mallory|pull\/\d/.test(at + query));
    expect(ofTheirs.map(({ path: at }) => at)).toEqual(
      asked.map(() => `/repos/${repository.fullName}/collaborators/mallory/permission`),
    );
    await repository.merge(number, "admin");
    await quiet();
    expect(await say(number, "admin", ["/loadline revert"])).toEqual([
      [expect.stringMatching(/^Only a merged pull request of Loadline's/)],
    ]);
  });
});

/** A process of the App that knows nothing of those before it. */
async function begin(): Promise<void> {
  setup = lives.setup([repository], { config: "audit: audit.jsonl\n" });
  serving = await lives.serve(setup);
}

/** The number of Loadline's own pull request. */
function ours(): number {
  const found = repository.pulls().find(({ pull }) => pull.head.ref === "loadline/apps-storefront");
  if (!found) throw new Error("there is no pull request");
  return found.number;
}

/** A comment each, all at once; gives the answers to each. */
async function say(number: number, login: string, texts: readonly string[]): Promise<string[][]> {
  const asked = texts.map((text) => repository.comment(number, login, text));
  await quiet();
  return asked.map(({ id }) => answersTo(number, id));
}

function answersTo(number: number, id: number): string[] {
  return repository
    .comments(number)
    .map(({ body }) => body)
    .filter((body) => body.endsWith(answerMarker(id)))
    .map((body) => body.slice(0, -answerMarker(id).length).trim());
}

/** All that a command could change. */
async function stateOf() {
  return {
    tip: await repository.tip(),
    branches: await repository.branches(),
    pulls: repository.pulls().map(({ state, title, body, pull }) => ({
      state,
      title,
      body,
      head: pull.head.sha,
      merged: pull.merged,
    })),
    issues: repository.issues().length,
  };
}

/** What came of the commands of somebody. */
async function audited(login: string): Promise<string[]> {
  const { entries } = await readEntries(path.join(setup.folder, "audit.jsonl"), 0);
  return entries
    .filter(({ actor, action }) => actor === login && action === "command")
    .map(({ outcome }) => outcome)
    .toSorted();
}

async function quiet(listening = serving): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await lives.github.settled();
    await listening.settled();
  }
}
