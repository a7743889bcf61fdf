import { createHash } from "node:crypto";
import postgres from "postgres";

const CONNECT_SECONDS = 10;
const CLOSE_SECONDS = 1;

/**
 * Does some work while nobody else does it with the same name, on whichever machine. The lock is that of a
 * transaction, so that a pooler may stand between, and ends with the process however that ends.
 */
export async function withLock<T>(url: string, name: string, work: () => Promise<T>): Promise<T> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: CONNECT_SECONDS,
    prepare: false,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "loadline" },
  });
  try {
    // In a box: the library would wait for whatever looks like a promise.
    const { result } = await sql.begin(async (transaction) => {
      await transaction`SET LOCAL idle_in_transaction_session_timeout = 0`;
      await transaction`SET LOCAL statement_timeout = 0`;
      await transaction`SELECT pg_advisory_xact_lock(${lockOf(name)}::bigint)`;
      return { result: await work() };
    });
    return result;
  } finally {
    await sql.end({ timeout: CLOSE_SECONDS });
  }
}

function lockOf(name: string): string {
  return createHash("sha256").update(`loadline ${name.toLowerCase()}`).digest().readBigInt64BE().toString();
}
