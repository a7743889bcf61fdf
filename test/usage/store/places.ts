import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import postgres from "postgres";
import { postgresAvailable, startPostgres } from "../../support/postgres.ts";

/** Where usage can be kept. */
export interface Place extends AsyncDisposable {
  readonly location: string;
  /** Statements behind the store's back. */
  run(sql: string): Promise<void>;
  /** So many bytes in SQL. */
  zeros(count: number): string;
}

/** A name, whether it can be had here, and a new and empty one. */
export const PLACES: readonly (readonly [string, boolean, () => Promise<Place>])[] = [
  ["a folder", true, newFolder],
  ["a PostgreSQL server", postgresAvailable, newServer],
];

export async function newFolder(): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-usage-"));
  return {
    location: path.join(folder, "usage"),
    async run(sql) {
      const database = new DatabaseSync(path.join(folder, "usage", "usage.sqlite"));
      database.exec(sql);
      database.close();
    },
    zeros: (count) => `zeroblob(${count})`,
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}

async function newServer(): Promise<Place> {
  const server = await startPostgres();
  return {
    location: server.url,
    async run(sql) {
      const client = postgres(server.url, { max: 1 });
      await client.unsafe(sql);
      await client.end();
    },
    zeros: (count) => `decode(repeat('00', ${count}), 'hex')`,
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}
