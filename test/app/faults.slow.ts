import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PatientOctokit } from "../../src/github/app.ts";
import { sweep, type SweepResult } from "../../src/sweep/sweep.ts";
import { type Fault, type RepositoryHandle, secondaryLimit } from "../support/github/github.ts";
import { isWrite } from "./deaths.ts";
import { type Circumstances, type Lives, manyLives } from "./lives.ts";
import { stateOf } from "./state-of.ts";

let lives: Lives;
/** What comes of the same where nothing is wrong. */
let healthy: object;
beforeAll(async () => {
  lives = await manyLives();
  const repository = await lives.repository("storefront");
  await sweep(lives.setup([repository]));
  healthy = await stateOf(repository);
});
afterAll(async () => await lives[Symbol.asyncDispose]());

/** Waits and tries again as in earnest, but a thousandth of the time. */
const Soon = PatientOctokit.defaults((options: object) => ({
  ...options,
  throttle: { retryAfterBaseValue: 1 },
  retry: { retryAfterBaseValue: 1 },
}));

const of = (repository: RepositoryHandle): Required<Pick<Fault, "match">> => ({
  match: ({ path }) => path.toLowerCase().startsWith(`/repos/${repository.fullName}`.toLowerCase()),
});
const writesOf = (repository: RepositoryHandle): Required<Pick<Fault, "match">> => ({
  match: (request) => isWrite(request) && of(repository).match({ ...request, query: "" }),
});
/** Does something once, just before the first request that fits is answered. */
const when = (match: Required<Fault>["match"], act: () => void | Promise<void>): (() => void) =>
  lives.github.fault({
    times: 1,
    delayMs: 300,
    match: (request) => {
      if (!match(request)) return false;
      void act();
      return true;
    },
  });

interface Story {
  readonly name: string;
  /** Makes one of two repositories ill; gives what heals it. */
  readonly wrong: (ill: RepositoryHandle) => (() => unknown) | Promise<() => unknown>;
  /** What is told of it; nothing where it is got over. */
  readonly told?: RegExp;
  readonly how?: Circumstances;
  /** Whether it is well again after the sweep that follows. */
  readonly heals?: false;
}

const STORIES: readonly Story[] = [
  {
    name: "GitHub is at fault for a while",
    wrong: (ill) => lives.github.fault({ ...of(ill), status: 502, times: 3 }),
    how: { Octokit: Soon },
  },
  {
    name: "GitHub is at fault for all of a sweep",
    wrong: (ill) => lives.github.fault({ ...of(ill), status: 503 }),
    told: /GitHub is at fault \(503\)/,
  },
  {
    name: "too many writes are answered with a wait",
    wrong: (ill) => lives.github.fault({ ...writesOf(ill), times: 2, ...secondaryLimit(120) }),
    how: { Octokit: Soon },
  },
  {
    name: "the wait would be longer than minutes",
    wrong: (ill) => lives.github.fault({ ...writesOf(ill), times: 1, ...secondaryLimit(3600) }),
    how: { Octokit: Soon },
    told: /secondary rate limit/,
  },
  {
    name: "it was archived",
    wrong: (ill) =>
      lives.github.fault({
        ...writesOf(ill),
        status: 403,
        body: { message: "Repository was archived so is read-only." },
      }),
    told: /archived so is read-only/,
  },
  {
    name: "it is empty",
    wrong: async (ill) => {
      await ill.deleteBranch("main", "alice");
      return () => undefined;
    },
    told: /: the repository is empty$/,
    heals: false,
  },
  {
    name: "its default branch is renamed in between",
    wrong: (ill) =>
      when(
        (request) => writesOf(ill).match(request),
        async () => await ill.renameDefaultBranch("trunk"),
      ),
    told: /422.*"base"/,
    heals: false,
  },
  {
    name: "the App is removed from it in between",
    wrong: (ill) => {
      const end = when(
        (request) => writesOf(ill).match(request),
        () => lives.github.installation(ill.owner).remove(ill.fullName),
      );
      return () => {
        end();
        lives.github.installation(ill.owner).add(ill.fullName);
      };
    },
    told: /the App was removed from it, or it was deleted/,
  },
  {
    name: "the token is taken back in between",
    wrong: (ill) =>
      when(
        (request) => writesOf(ill).match(request),
        () => lives.github.expireTokens(),
      ),
  },
  {
    name: "it was renamed",
    wrong: (ill) => {
      const before = ill.fullName;
      ill.rename(`${ill.owner}/${ill.name}-renamed`);
      return () => ill.rename(before);
    },
    told: /: is called acme\/shop-\d+-renamed now: write that into the configuration$/,
  },
  {
    name: "it was deleted",
    wrong: (ill) => {
      ill.remove();
      return () => undefined;
    },
    told: /: the App is not installed there, or there is no such repository$/,
    heals: false,
  },
  {
    name: "somebody has a branch of that name",
    wrong: async (ill) => {
      const branch = "loadline/apps-storefront";
      await ill.commit({ branch, author: "alice", files: { "NOTES.md": "mine\n" } });
      return async () => await ill.deleteBranch(branch, "alice");
    },
    told: /the branch loadline\/apps-storefront has commits of others and no pull request/,
  },
];

describe.each(STORIES)("where $name", ({ wrong, told, how, heals }) => {
  it("that is told, everything else is done, and the next sweep makes up for it", async () => {
    const [ill, well] = [await lives.repository("storefront"), await lives.repository("mailer")];
    const setup = lives.setup([ill, well], how);
    const heal = await wrong(ill);
    const result = await sweep(setup);
    expect(failuresOf(result)).toEqual(told ? [expect.stringMatching(told)] : []);
    expect(well.pulls()).toHaveLength(1);
    const comments = ill.pulls().flatMap(({ number }) => ill.comments(number));
    expect([comments, ill.issues()]).toEqual([[], []]);
    await heal();
    if (heals === false) return;
    expect(failuresOf(await sweep(setup))).toEqual([]);
    expect(await stateOf(ill)).toEqual(healthy);
  }, 120_000);
});

describe("where a branch is protected", () => {
  it("a merge that GitHub refuses is told, with its words as text", async () => {
    const repository = await lives.repository();
    repository.addCollaborator("alice", "write");
    await sweep(lives.setup([repository]));
    const [pull] = repository.pulls();
    await using serving = await lives.serve(lives.setup([repository]));
    const end = lives.github.fault({
      match: ({ path }) => path.endsWith("/merge"),
      status: 405,
      body: { message: "At least 1 approving review is required by reviewers with write access. @alice" },
    });
    repository.comment(pull?.number ?? 0, "alice", "/loadline merge");
    await lives.github.settled();
    await serving.settled();
    end();
    expect(repository.comments(pull?.number ?? 0).at(-1)?.body).toMatch(
      /Not merged: GitHub says `At least 1 approving review is required .*`/,
    );
    expect(repository.pulls().every(({ state }) => state === "open")).toBe(true);
  });
});

function failuresOf({ failures }: SweepResult): readonly string[] {
  return failures;
}
