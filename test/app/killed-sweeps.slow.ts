import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProbotOctokit } from "probot";
import { sweep } from "../../src/sweep/sweep.ts";
import type { RepositoryHandle } from "../support/github/github.ts";
import { dieBeforeWrite, isWrite, loseAnswerTo } from "./deaths.ts";
import { type Circumstances, type Lives, manyLives } from "./lives.ts";
import { stateOf } from "./state-of.ts";

const FILE = ".github/loadline.yml";
const BAD = "version: 1\npolicies: 7\n";
const GOOD = "version: 1\npolicy: { profile: safe }\n";

interface Story {
  readonly name: string;
  /** What was there before the sweep that dies. */
  readonly before?: (repository: RepositoryHandle) => Promise<unknown>;
  readonly sweep?: Circumstances;
  /** Requests that it takes at the least, so that a story of nothing is seen. */
  readonly writes: number;
}

let lives: Lives;
beforeAll(async () => {
  lives = await manyLives();
});
afterAll(async () => await lives[Symbol.asyncDispose]());

const sweepOf = async (repository: RepositoryHandle, how: Circumstances = {}) =>
  await sweep(lives.setup([repository], how));
const branchOf = (repository: RepositoryHandle, slug: string): string =>
  repository.pulls().find(({ pull }) => pull.head.ref.includes(slug))?.pull.head.ref ?? "";

const STORIES: readonly Story[] = [
  { name: "opens pull requests", writes: 10 },
  {
    name: "brings them to other values",
    before: async (repository) => await sweepOf(repository),
    sweep: { usage: "more" },
    writes: 8,
  },
  {
    name: "makes them anew on a base that moved",
    before: async (repository) => {
      await sweepOf(repository);
      const file = "apps/mailer/mailer.yaml";
      const text = (await repository.file("main", file)) ?? "";
      await repository.commit({ author: "alice", files: { [file]: `# mail\n${text}` } });
    },
    writes: 4,
  },
  {
    name: "closes what nothing is left to do of",
    before: async (repository) => await sweepOf(repository),
    sweep: { config: "policy: { window: 2d, mode: disabled }\n" },
    writes: 6,
  },
  {
    name: "leaves a branch to the person who committed to it",
    before: async (repository) => {
      await sweepOf(repository);
      const branch = branchOf(repository, "mailer");
      await repository.commit({ branch, author: "alice", files: { "NOTES.md": "mine\n" } });
    },
    sweep: { usage: "more" },
    writes: 6,
  },
  { name: "offers the repository's own file", sweep: { onboarding: true }, writes: 5 },
  {
    name: "begins, once there is that file",
    before: async (repository) => {
      await sweepOf(repository, { onboarding: true });
      await repository.commit({ author: "alice", files: { [FILE]: GOOD } });
    },
    sweep: { onboarding: true },
    writes: 12,
  },
  {
    name: "complains of a file that it can't read",
    before: async (repository) => await repository.commit({ author: "alice", files: { [FILE]: BAD } }),
    writes: 1,
  },
  {
    name: "takes the complaint back",
    before: async (repository) => {
      await repository.commit({ author: "alice", files: { [FILE]: BAD } });
      await sweepOf(repository);
      await repository.commit({ author: "alice", files: { [FILE]: GOOD } });
    },
    writes: 12,
  },
];

describe.each(STORIES)("a sweep that $name", ({ before, sweep: how, writes }) => {
  /** A sweep of a repository of its own while something is wrong; then the state after another one. */
  const live = async (wrong?: () => () => void, more: Circumstances = {}) => {
    const repository = await lives.repository();
    await before?.(repository);
    const since = lives.github.mark();
    const gone = wrong?.();
    await sweepOf(repository, { ...how, ...more });
    gone?.();
    const written = since().filter(isWrite);
    await sweepOf(repository, how);
    return { written, state: await stateOf(repository) };
  };

  it("ends where it would have, whichever request it dies before", async () => {
    const { written, state } = await live();
    expect(written.length).toBeGreaterThanOrEqual(writes);
    for (const [nth, { method, path }] of written.entries()) {
      const died = await live(() => dieBeforeWrite(lives.github, nth));
      expect.soft(died.state, `died before ${method} ${path}`).toEqual(state);
    }
  }, 600_000);

  it("ends where it would have, whichever answer is lost", async () => {
    const { written, state } = await live();
    for (const [nth, { method, path }] of written.entries()) {
      const lost = await live(() => loseAnswerTo(lives.github, nth), { Octokit: Patient });
      expect.soft(lost.state, `lost the answer to ${method} ${path}`).toEqual(state);
    }
  }, 600_000);
});

/** Tries again as in earnest, but soon. */
const Patient = ProbotOctokit.defaults((options: object) => ({
  ...options,
  throttle: { enabled: false },
  retry: { retryAfterBaseValue: 1 },
}));
