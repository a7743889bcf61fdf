import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProbotOctokit } from "probot";
import { sweep } from "../../src/sweep/sweep.ts";
import type { Fault, LoggedRequest, RepositoryHandle } from "../support/github/github.ts";
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
  /** The requests of the sweep on a repository of its own while something is wrong, and the state after it and another. */
  const live = async (wrong?: Omit<Fault, "match">, from = Infinity, more: Circumstances = {}) => {
    const repository = await lives.repository();
    await before?.(repository);
    let requests = 0;
    const gone = wrong && lives.github.fault({ ...wrong, match: () => (requests += 1) > from });
    const since = lives.github.mark();
    await sweepOf(repository, { ...how, ...more });
    gone?.();
    const asked = since();
    await sweepOf(repository, how);
    return { asked, state: await stateOf(repository) };
  };

  it("ends where it would have, whichever request it dies before", async () => {
    const { asked, state } = await live();
    expect(asked.filter(isWrite).length).toBeGreaterThanOrEqual(writes);
    for (const [at, request] of asked.entries()) {
      // To die before a request that follows a read is to die before that read.
      const before = asked[at - 1];
      if (before && !isWrite(before)) continue;
      const died = await live({ drop: "before" }, at);
      expect.soft(died.state, `died before request ${at}: ${told(request)}`).toEqual(state);
    }
  }, 600_000);

  it("ends where it would have, whichever answer is lost", async () => {
    const { asked, state } = await live();
    for (const [at, request] of asked.entries()) {
      if (!isWrite(request)) continue;
      const lost = await live({ drop: "after", times: 1 }, at, { Octokit: Patient });
      expect.soft(lost.state, `lost the answer to request ${at}: ${told(request)}`).toEqual(state);
    }
  }, 600_000);
});

function isWrite({ method, path }: LoggedRequest): boolean {
  return method !== "GET" && !/access_tokens|\.git\//.test(path);
}

/** Tries again as in earnest, but soon. */
const Patient = ProbotOctokit.defaults((options: object) => ({
  ...options,
  throttle: { enabled: false },
  retry: { retryAfterBaseValue: 1 },
}));

function told({ method, path }: LoggedRequest): string {
  return `${method} ${path}`;
}
