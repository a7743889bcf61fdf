import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

/** A database in a file. */
export interface SqliteFile extends Disposable {
  /** What `work` gives; where the file is damaged, that of a new and empty one. */
  run<T>(work: (database: DatabaseSync) => T): T;
}

/** For so long another process may write. */
const BUSY_MS = 10_000;

/**
 * Several processes may share it (a log beside it is written ahead), one that is killed leaves what it had
 * committed, and room that becomes free can be given back. A file may be anyone's: nothing in its schema is run.
 */
const PRAGMAS = `
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 1048576;`;

/** SQLite's codes for a file that is damaged, or no database, or whose tables are not what `schema` says. */
const DAMAGE = new Set([11, 26, 1]);

/**
 * Opens or makes the file, for its owner alone, in a folder that is made as well. A damaged one is told and put
 * aside under another name. Throws where it can't be written or another process holds it.
 */
export function sqliteFile(file: string, schema: string, warn: (warning: string) => void): SqliteFile {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  let opened: Opened | undefined;
  const attempt = <T>(work: (database: DatabaseSync) => T): T => {
    opened ??= openFile(file);
    if (!opened.ready) opened.database.exec(PRAGMAS + schema);
    opened.ready = true;
    return work(opened.database);
  };
  const run = <T>(work: (database: DatabaseSync) => T): T => {
    try {
      return attempt(work);
    } catch (error) {
      if (opened === undefined || !isDamage(error)) throw error;
      opened.database.close();
      putAside(file, opened.inode, warn);
      opened = undefined;
      return attempt(work);
    }
  };
  run(() => {});
  return { run, [Symbol.dispose]: () => opened?.database.close() };
}

interface Opened {
  readonly database: DatabaseSync;
  readonly inode: number;
  /** The schema is there. */
  ready: boolean;
}

function openFile(file: string): Opened {
  closeSync(openSync(file, "a", 0o600));
  const { DatabaseSync } = sqlite();
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  return { database, inode: statSync(file).ino, ready: false };
}

/** Without the warning of Node before 24.15 that it is experimental, of which a user can make nothing. */
function sqlite(): typeof import("node:sqlite") {
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was, not called
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Unless another process was faster, and there is a new one already. */
function putAside(file: string, inode: number, warn: (warning: string) => void): void {
  if (statSync(file, { throwIfNoEntry: false })?.ino !== inode) return;
  const aside = `${file}.damaged`;
  renameSync(file, aside);
  for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
  warn(`${file} is damaged: it lies now in ${aside}, may be deleted, and what it kept is read again`);
}

function isDamage(error: unknown): boolean {
  const { data } = z.object({ errcode: z.int() }).safeParse(error);
  return error instanceof z.ZodError || (data !== undefined && DAMAGE.has(data.errcode % 256));
}
