import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openUsageStore } from "../../../src/usage/store/open-usage-store.ts";
import { freePort } from "../../support/free-port.ts";
import { postgresAvailable, type RunningPostgres, startPostgres } from "../../support/postgres.ts";
import { daysOfRound, LOOP, roundsOf } from "./save-in-loop.ts";
import postgres from "postgres";

const { source, namespace, days } = LOOP;

describe.skipIf(!postgresAvailable)("a PostgreSQL server for usage", () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** What is told where the URL is another; nothing may be kept there, and nothing fails. */
  const toldAt = async (changed: Partial<URL>): Promise<string> => {
    const warnings: string[] = [];
    const url = Object.assign(new URL(server.url), changed).href;
    await using store = await openUsageStore(url, (warning) => warnings.push(warning));
    await store.save(source, namespace, daysOfRound(1));
    expect(await store.load(source, namespace, days)).toEqual(new Map());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain("postgres://l");
    for (const secret of [server.password, encodeURIComponent(server.password), "hunter2"])
      expect(warnings[0]).not.toContain(secret);
    return warnings[0] ?? "";
  };

  const run = async (sql: string): Promise<void> => {
    const client = postgres(server.url, { max: 1 });
    await client.unsafe(sql);
    await client.end();
  };

  it("is told without its password where it refuses, is not there, or lacks the database", async () => {
    expect(await toldAt({ password: "hunter2" })).toMatch(
      /^usage is not kept, .*: PostgreSQL at 127\.0\.0\.1: password authentication failed for user "loadline"; check/,
    );
    expect(await toldAt({ port: `${await freePort()}` })).toMatch(/ECONNREFUSED/);
    expect(await toldAt({ pathname: "/nothing" })).toMatch(/database "nothing" does not exist/);
    expect(await toldAt({ hostname: "nowhere.invalid" })).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  it("serves a user who may write to the table that another has made, and tells one who may not", async () => {
    await using first = await openUsageStore(server.url, expect.unreachable);
    await first.save(source, namespace, daysOfRound(1));
    await run(`CREATE ROLE reader LOGIN PASSWORD 'hunter2'`);
    expect(await toldAt({ username: "reader", password: "hunter2" })).toMatch(/permission denied for table/);
    await run("GRANT SELECT, INSERT, UPDATE, DELETE ON loadline_usage_pages TO reader");
    const url = Object.assign(new URL(server.url), { username: "reader", password: "hunter2" }).href;
    await using store = await openUsageStore(url, expect.unreachable);
    await store.save(source, namespace, daysOfRound(2));
    expect(roundsOf(await first.load(source, namespace, days))).toEqual([2]);
  });

  it("may close connections that nobody uses", async () => {
    await using store = await openUsageStore(server.url, expect.unreachable);
    await store.save(source, namespace, daysOfRound(3));
    await run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'loadline'");
    expect(roundsOf(await store.load(source, namespace, days))).toEqual([3]);
  });

  it("that ends in the middle is told once, and the sweep goes on without", async () => {
    const warnings: string[] = [];
    await using doomed = await startPostgres();
    await using store = await openUsageStore(doomed.url, (warning) => warnings.push(warning));
    await store.save(source, namespace, daysOfRound(1));
    await doomed[Symbol.asyncDispose]();
    for (const round of [2, 3]) await store.save(source, namespace, daysOfRound(round));
    expect(await store.load(source, namespace, days)).toEqual(new Map());
    expect(await store.kept(source)).toEqual(new Map());
    expect(warnings).toHaveLength(1);
  });
});
