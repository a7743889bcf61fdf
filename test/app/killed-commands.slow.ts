import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Serving } from "../../src/serve.ts";
import { sweep } from "../../src/sweep/sweep.ts";
import type { RepositoryHandle } from "../support/github/github.ts";
import { asInstallation } from "../support/github/octokits.ts";
import { dieBeforeWrite, isWrite } from "./deaths.ts";
import { type Lives, manyLives } from "./lives.ts";
import { stateOf } from "./state-of.ts";

interface Story {
  readonly command: string;
  readonly files?: "together";
  /** What was there before, besides a pull request for the storefront. */
  readonly before?: (repository: RepositoryHandle) => Promise<unknown>;
  /** What happens when Loadline is there again. */
  readonly after?: (repository: RepositoryHandle) => Promise<unknown>;
  /** What has come of it. */
  readonly done: RegExp;
}

let lives: Lives;
beforeAll(async () => {
  lives = await manyLives();
});
afterAll(async () => await lives[Symbol.asyncDispose]());

const pullOf = (repository: RepositoryHandle) => {
  const found = repository.pulls().find(({ pull }) => /storefront|all/.test(pull.head.ref));
  if (!found) throw new Error("there is no pull request for the storefront");
  return found;
};

async function quiet(serving: Serving): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await lives.github.settled();
    await serving.settled();
  }
}

/** Another App's check run of the pull request. */
async function ci(repository: RepositoryHandle, status: "in_progress" | "completed"): Promise<void> {
  const { rest } = asInstallation(lives.github, repository.owner);
  const at = { owner: repository.owner, repo: repository.name };
  const { sha } = pullOf(repository).pull.head;
  if (status === "in_progress") await rest.checks.create({ ...at, name: "ci", head_sha: sha, status });
  const run = repository.checkRuns().find(({ name, headSha }) => name === "ci" && headSha === sha);
  if (status === "completed" && run)
    await rest.checks.update({ ...at, check_run_id: run.id, conclusion: "success" });
}

const STORIES: readonly Story[] = [
  { command: "set web cpu=777m", done: /777m/ },
  { command: "hold 3d", done: /holdUntil/ },
  { command: "ignore web reason load tests", done: /#3 writes it into/ },
  { command: "split", files: "together", done: /Split/ },
  {
    command: "undo",
    before: async (repository) => await say(repository, "set web cpu=776m\n/loadline set web cpu=777m"),
    done: /taken back/,
  },
  {
    command: "approve",
    before: async (repository) => await ci(repository, "in_progress"),
    after: async (repository) => await ci(repository, "completed"),
    done: /"mergedBy":"loadline/,
  },
  { command: "merge", done: /Merged as/ },
  {
    command: "revert",
    before: async (repository) => await say(repository, "merge"),
    done: /takes it back/,
  },
  {
    command: "set web cpu=770m\n/loadline undo\n/loadline set nginx cpu=77m",
    done: /77m/,
  },
];

async function say(repository: RepositoryHandle, command: string): Promise<void> {
  await using serving = await lives.serve(lives.setup([repository]));
  await quiet(serving);
  repository.comment(pullOf(repository).number, "alice", `/loadline ${command}`);
  await quiet(serving);
}

describe.each(STORIES)("/loadline $command", ({ command, files, before, after, done }) => {
  const live = async (wrong?: () => () => void) => {
    const repository = await lives.repository(files ?? "apart");
    repository.addCollaborator("alice", "write");
    await sweep(lives.setup([repository]));
    await before?.(repository);
    const written: string[] = [];
    {
      await using serving = await lives.serve(lives.setup([repository]));
      await quiet(serving);
      const since = lives.github.mark();
      const gone = wrong?.();
      repository.comment(pullOf(repository).number, "alice", `/loadline ${command}`);
      await quiet(serving);
      gone?.();
      written.push(
        ...since()
          .filter(isWrite)
          .map(({ method, path }) => `${method} ${path}`),
      );
    }
    const setup = lives.setup([repository]);
    await using serving = await lives.serve(setup);
    await quiet(serving);
    await after?.(repository);
    await quiet(serving);
    await serving.sweeper.sweep();
    await quiet(serving);
    return { written, state: await stateOf(repository) };
  };

  it("is obeyed and answered once, whichever request the App dies before", async () => {
    const { written, state } = await live();
    expect(JSON.stringify(state)).toMatch(done);
    expect(written.length).toBeGreaterThanOrEqual(3);
    for (const [nth, request] of written.entries()) {
      const died = await live(() => dieBeforeWrite(lives.github, nth));
      expect.soft(died.state, `died before ${request}`).toEqual(state);
    }
  }, 1_200_000);
});
