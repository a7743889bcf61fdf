import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { PAGE_FORMAT } from "./page.ts";
import { MOST_BYTES, PAGES, type PageTable } from "./page-table.ts";
import { sqliteFile } from "./sqlite-file.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ${PAGES} (
    format INTEGER NOT NULL,
    source TEXT NOT NULL,
    namespace TEXT NOT NULL,
    day INTEGER NOT NULL,
    page BLOB NOT NULL,
    PRIMARY KEY (format, source, namespace, day)
  ) STRICT`;

const OF_NAMESPACE = "format = ? AND source = ? AND namespace = ?";

const newestRow = z.object({ format: z.int().nullable() });
const listRows = z.array(z.object({ namespace: z.string(), day: z.int() }));
const pageRows = z.array(z.object({ day: z.int(), page: z.instanceof(Uint8Array) }));

/** Pages in `usage.sqlite` of a folder, without a server. Rejects where it can't be written to. */
export async function sqliteTable(folder: string, warn: (warning: string) => void): Promise<PageTable> {
  const file = sqliteFile(path.join(folder, "usage.sqlite"), SCHEMA, warn);
  return {
    newestFormat: async () =>
      file.run((db) => newestRow.parse(db.prepare(`SELECT max(format) AS format FROM ${PAGES}`).get()))
        .format ?? 0,
    list: async (source) =>
      file.run((db) =>
        listRows.parse(
          db
            .prepare(
              `SELECT namespace, day FROM ${PAGES} WHERE format = ? AND source = ? AND length(page) <= ?
                ORDER BY namespace, day`,
            )
            .all(PAGE_FORMAT, source, MOST_BYTES),
        ),
      ),
    read: async (source, namespace, days) =>
      file.run((db) =>
        pageRows.parse(
          db
            .prepare(
              `SELECT day, page FROM ${PAGES} WHERE ${OF_NAMESPACE}
                AND day IN (SELECT value FROM json_each(?)) AND length(page) <= ? ORDER BY day`,
            )
            .all(PAGE_FORMAT, source, namespace, JSON.stringify(days), MOST_BYTES),
        ),
      ),
    write: async (source, namespace, pages) =>
      file.run((db) =>
        atOnce(db, () => {
          const insert = db.prepare(
            `INSERT INTO ${PAGES} (format, source, namespace, day, page) VALUES (?, ?, ?, ?, ?)
              ON CONFLICT DO UPDATE SET page = excluded.page`,
          );
          for (const { day, page } of pages) insert.run(PAGE_FORMAT, source, namespace, day, page);
        }),
      ),
    drop: async (source, namespace, days) =>
      file.run((db) => {
        db.prepare(
          `DELETE FROM ${PAGES} WHERE ${OF_NAMESPACE} AND day IN (SELECT value FROM json_each(?))`,
        ).run(PAGE_FORMAT, source, namespace, JSON.stringify(days));
      }),
    prune: async (before) =>
      file.run((db) => {
        db.prepare(`DELETE FROM ${PAGES} WHERE day < ?`).run(before);
        db.exec("PRAGMA incremental_vacuum");
      }),
    [Symbol.asyncDispose]: async () => file[Symbol.dispose](),
  };
}

function atOnce(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } finally {
    // A full disk has rolled it back already.
    if (database.isTransaction) database.exec("ROLLBACK");
  }
}
