import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WEBHOOK_PATH, type Serving } from "../../src/serve.ts";
import { withLock } from "../../src/sweep/shards/repository-lock.ts";
import { sweep } from "../../src/sweep/sweep.ts";
import { readMarker } from "../../src/proposals/marker.ts";
import type { RepositoryHandle } from "../support/github/github.ts";
import { postgresAvailable, type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { isWrite } from "./deaths.ts";
import { type Lives, manyLives, SECRET } from "./lives.ts";
import { stateOf } from "./state-of.ts";

let lives: Lives;
beforeAll(async () => {
  lives = await manyLives();
});
afterAll(async () => await lives[Symbol.asyncDispose]());

async function quiet(...all: readonly Serving[]): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await lives.github.settled();
    for (const serving of all) await serving.settled();
  }
}

const swept = async (): Promise<RepositoryHandle> => {
  const repository = await lives.repository();
  repository.addCollaborator("alice", "write");
  await sweep(lives.setup([repository]));
  return repository;
};
const numberOf = (repository: RepositoryHandle): number =>
  repository.pulls().find(({ pull }) => pull.head.ref.includes("storefront"))?.number ?? 0;
const answersOf = (repository: RepositoryHandle): string[] =>
  repository
    .comments(numberOf(repository))
    .filter(({ user, body }) => user.type === "Bot" && body.includes("<!-- loadline answers"))
    .map(({ body }) => body);
const saidOf = (repository: RepositoryHandle) =>
  readMarker(repository.pull(numberOf(repository)).body ?? "")?.said;

describe("two processes at once", () => {
  it("that sweep open no pull request twice, and fail in nothing", async () => {
    const alone = await swept();
    const repository = await lives.repository();
    const [one, other] = await Promise.all(
      [lives.setup([repository]), lives.setup([repository])].map(async (setup) => await sweep(setup)),
    );
    expect([one?.failures, other?.failures]).toEqual([[], []]);
    await sweep(lives.setup([repository]));
    expect({ ...(await stateOf(repository)), comments: [] }).toEqual({
      ...(await stateOf(alone)),
      comments: [],
    });
  });

  it.each([
    ["set web cpu=777m", () => /777m/],
    ["ignore web", () => /writes it into/],
    ["merge", () => /Merged as/],
    ["hold 3d", () => /left as it is/],
  ] as const)("that both hear /loadline %s obey it once and answer it once", async (command, answer) => {
    const repository = await swept();
    await using one = await lives.serve(lives.setup([repository]));
    await using other = await lives.serve(lives.setup([repository]));
    await quiet(one, other);
    repository.comment(numberOf(repository), "alice", `/loadline ${command}`);
    const delivery = lives.github.deliveries.at(-1);
    lives.github.deliverTo({ url: `${one.address}${WEBHOOK_PATH}`, secret: SECRET });
    lives.github.redeliver(delivery?.id ?? "");
    await quiet(one, other);
    expect(answersOf(repository)).toEqual([expect.stringMatching(answer())]);
    const branches = repository.pulls().map(({ pull }) => pull.head.ref);
    expect(new Set(branches).size).toBe(branches.length);
    expect(saidOf(repository)?.set ?? []).toHaveLength(command.startsWith("set") ? 1 : 0);
  });
});

describe.skipIf(!postgresAvailable)("processes that share a store on PostgreSQL", () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  /** What is done while another process has its turn, and once that has ended. */
  const whileAnother = async (name: string, work: () => Promise<unknown>, seen: () => unknown) => {
    const working = withLock(server.url, name, async () => {
      const done = work();
      await sleep(3000);
      return { done, during: seen() };
    });
    const { done, during } = await working;
    await done;
    return { during, after: seen() };
  };

  it("sweep a repository one after the other, and the second sees what the first has done", async () => {
    const repository = await lives.repository();
    const setup = lives.setup([repository], { config: `store: ${server.url}\n` });
    const { during, after } = await whileAnother(
      repository.fullName,
      async () => await Promise.all([sweep(setup), sweep(setup)]),
      () => repository.pulls().length,
    );
    expect([during, after]).toEqual([0, 2]);
  });

  it("obey one command after the other", async () => {
    const repository = await swept();
    await using serving = await lives.serve(lives.setup([repository], { config: `store: ${server.url}\n` }));
    await quiet(serving);
    const { during, after } = await whileAnother(
      `${repository.fullName} commands`,
      async () => {
        repository.comment(numberOf(repository), "alice", "/loadline hold 1d");
        await quiet(serving);
      },
      () => answersOf(repository).length,
    );
    expect([during, after]).toEqual([0, 1]);
  });

  it("go on without turns where the store is away", async () => {
    const repository = await lives.repository();
    const config = "store: postgres://nobody@127.0.0.1:1/none\n";
    expect((await sweep(lives.setup([repository], { config }))).failures).toEqual([]);
    expect(repository.pulls()).toHaveLength(2);
  });
});

describe("webhooks", () => {
  it("that come again, in another order, change nothing", async () => {
    const repository = await swept();
    await using serving = await lives.serve(lives.setup([repository]));
    await quiet(serving);
    const since = lives.github.deliveries.length;
    for (const command of ["set web cpu=770m", "set web cpu=771m", "undo", "ignore nginx", "hold 1d"]) {
      repository.comment(numberOf(repository), "alice", `/loadline ${command}`);
      await quiet(serving);
    }
    const state = await stateOf(repository);
    expect(saidOf(repository)?.set).toMatchObject([{ amounts: { "requests.cpu": "770m" } }]);
    const asked = lives.github.mark();
    for (const { id } of lives.github.deliveries.slice(since).toReversed()) lives.github.redeliver(id);
    await quiet(serving);
    expect(await stateOf(repository)).toEqual(state);
    const written = asked().filter((one) => isWrite(one) && !/reactions|check-runs/.test(one.path));
    expect(written).toEqual([]);
  });

  it("of several comments at the same moment are all obeyed", async () => {
    const repository = await swept();
    await using serving = await lives.serve(lives.setup([repository]));
    await quiet(serving);
    for (const command of ["set web cpu=770m", "hold 1d", "set nginx cpu=77m"])
      repository.comment(numberOf(repository), "alice", `/loadline ${command}`);
    await quiet(serving);
    expect(answersOf(repository)).toHaveLength(3);
    expect(saidOf(repository)).toMatchObject({
      holdUntil: expect.any(String),
      set: expect.arrayContaining(
        ["770m", "77m"].map((cpu) => expect.objectContaining({ amounts: { "requests.cpu": cpu } })),
      ),
    });
  });

  it("while a sweep writes lose nothing of what is said to it", async () => {
    const repository = await swept();
    await using serving = await lives.serve(lives.setup([repository], { usage: "more" }));
    await quiet(serving);
    const end = lives.github.fault({ match: ({ path }) => path.endsWith("/git/trees"), delayMs: 500 });
    const sweeping = serving.sweeper.sweep();
    repository.comment(numberOf(repository), "alice", "/loadline hold 1d");
    await sweeping;
    await quiet(serving);
    end();
    expect(saidOf(repository)?.holdUntil).toEqual(expect.any(String));
  });
});
