import { setTimeout } from "node:timers/promises";
import postgres from "postgres";
import { z } from "zod";
import { PAGE_FORMAT } from "./page.ts";
import { MOST_BYTES, PAGES, type PageTable } from "./page-table.ts";

/** Several namespaces are read at once. */
const CONNECTIONS = 4;
const CONNECT_SECONDS = 10;
/** A server that doesn't answer costs a sweep no more than that. */
const ANSWER_MS = 60_000;
const CLOSE_SECONDS = 1;
/** Codes of a connection that is gone, by the client and by the server. */
const CLOSED = new Set<unknown>(["CONNECTION_CLOSED", "CONNECTION_ENDED", "ECONNRESET", "57P01"]);
/** Which lock those take who make the table; any number that is always the same. */
const LOCK = 7_305_808_861;

const newestRows = z.tuple([z.object({ format: z.int().nullable() })]);
const listRows = z.array(z.object({ namespace: z.string(), day: z.int() }));
const pageRows = z.array(z.object({ day: z.int(), page: z.instanceof(Uint8Array) }));
const madeRows = z.tuple([z.object({ made: z.boolean() })]);

/**
 * Pages in a table of a PostgreSQL server, which is made where it isn't there. What the URL doesn't say comes
 * from `PGPASSWORD` and its kin. Rejects where the server is not there or refuses.
 */
export async function postgresTable(url: string): Promise<PageTable> {
  const sql = postgres(url, {
    max: CONNECTIONS,
    connect_timeout: CONNECT_SECONDS,
    // Poolers between transactions know neither.
    prepare: false,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "loadline" },
  });
  const pages = sql(PAGES);
  const ofNamespace = (source: string, namespace: string) =>
    sql`format = ${PAGE_FORMAT} AND source = ${source} AND namespace = ${namespace}`;
  const close = async (): Promise<void> => await sql.end({ timeout: CLOSE_SECONDS });
  try {
    await answer(async () => await makeTable(sql));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    newestFormat: async () =>
      newestRows.parse(await answer(() => sql`SELECT max(format) AS format FROM ${pages}`))[0].format ?? 0,
    list: async (source) =>
      listRows.parse(
        await answer(
          () => sql`SELECT namespace, day FROM ${pages} WHERE format = ${PAGE_FORMAT} AND source = ${source}
            AND octet_length(page) <= ${MOST_BYTES} ORDER BY namespace, day`,
        ),
      ),
    read: async (source, namespace, days) =>
      pageRows.parse(
        await answer(
          () => sql`SELECT day, page FROM ${pages} WHERE ${ofNamespace(source, namespace)}
            AND day IN ${sql(days)} AND octet_length(page) <= ${MOST_BYTES} ORDER BY day`,
        ),
      ),
    write: async (source, namespace, written) => {
      // In one order, so that two who write the same never wait for each other.
      const rows = written
        .toSorted((a, b) => a.day - b.day)
        .map(({ day, page }) => ({ format: PAGE_FORMAT, source, namespace, day, page }));
      await answer(
        () => sql`INSERT INTO ${pages} ${sql(rows)}
          ON CONFLICT (format, source, namespace, day) DO UPDATE SET page = excluded.page`,
      );
    },
    drop: async (source, namespace, days) => {
      await answer(
        () => sql`DELETE FROM ${pages} WHERE ${ofNamespace(source, namespace)} AND day IN ${sql(days)}`,
      );
    },
    prune: async (before) => {
      await answer(() => sql`DELETE FROM ${pages} WHERE day < ${before}`);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** One after the other, since `IF NOT EXISTS` alone fails where two make it in the same moment. */
async function makeTable(sql: postgres.Sql): Promise<void> {
  const [{ made }] = madeRows.parse(await sql`SELECT to_regclass(${PAGES}) IS NOT NULL AS made`);
  if (made) return;
  await sql.begin(async (sql) => {
    await sql`SELECT pg_advisory_xact_lock(${LOCK})`;
    await sql`CREATE TABLE IF NOT EXISTS ${sql(PAGES)} (
      format integer NOT NULL,
      source text NOT NULL,
      namespace text NOT NULL,
      day integer NOT NULL,
      page bytea NOT NULL,
      PRIMARY KEY (format, source, namespace, day)
    )`;
  });
}

/** What is asked may be asked twice; and is, where the server had closed the connection without our knowing. */
async function answer<T>(ask: () => PromiseLike<T>): Promise<T> {
  try {
    return await inTime(ask());
  } catch (error) {
    if (!(error instanceof Error && "code" in error && CLOSED.has(error.code))) throw error;
    return await inTime(ask());
  }
}

async function inTime<T>(asked: PromiseLike<T>): Promise<T> {
  const over = new AbortController();
  const late = setTimeout(ANSWER_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_MS / 1000} s`);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}
