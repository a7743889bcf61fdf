import { appendFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../domain/input-error.ts";
import { type AuditEntry, auditEntrySchema } from "./entry.ts";

/**
 * Adds a line in one write at the file's end. It is opened anew each time, so that whoever rotates it may move it
 * away at any moment, and several processes may write to it.
 */
export async function appendEntry(file: string, entry: AuditEntry): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(entry)}\n`, { mode: 0o640 });
}

export interface AuditTrail {
  /** As they were written: the oldest first. */
  readonly entries: readonly AuditEntry[];
  /** Lines that are no entry: cut off, or of a later version. */
  readonly unreadable: number;
}

/** Entries from then on, in Unix milliseconds. Rejects with `InputError` where there is no such file. */
export async function readEntries(file: string, sinceMs: number): Promise<AuditTrail> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: can't be read (${error.code})`);
  });
  const entries: AuditEntry[] = [];
  let unreadable = 0;
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const entry = parseLine(line);
    if (!entry) unreadable += 1;
    else if (Date.parse(entry.at) >= sinceMs) entries.push(entry);
  }
  return { entries, unreadable };
}

function parseLine(line: string): AuditEntry | undefined {
  try {
    return auditEntrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
