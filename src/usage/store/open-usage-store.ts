import path from "node:path";
import { InputError } from "../../domain/input-error.ts";
import type { UsageStore } from "../usage-store.ts";
import { noStore } from "./no-store.ts";
import { PAGE_FORMAT } from "./page.ts";
import { pageStore } from "./page-store.ts";
import { PAGES, type PageTable } from "./page-table.ts";
import { sqliteTable } from "./sqlite-table.ts";
import { tolerantStore } from "./tolerant-store.ts";

/**
 * The store at a folder or a `postgres://` URL. Throws an {@link InputError} where the location is neither. A store that can't be had, or fails later, is told once, and
 * the sweep goes on without; no warning holds a URL.
 */
export async function openUsageStore(location: string, warn: (warning: string) => void): Promise<UsageStore> {
  const place = placeOf(location);
  const tell = (fault: unknown): void =>
    warn(
      `usage is not kept, and each sweep reads its whole window: ${place.name}: ${reasonOf(fault)}; ${place.mend}`,
    );
  try {
    const table = await place.open(warn);
    const store = tolerantStore(pageStore(table, warn), tell);
    if ((await table.newestFormat()) > PAGE_FORMAT)
      warn(`${place.name} keeps usage for a newer Loadline too: this one leaves it alone and has its own`);
    return store;
  } catch (fault) {
    tell(fault);
    return noStore();
  }
}

interface Place {
  readonly name: string;
  readonly mend: string;
  open(warn: (warning: string) => void): Promise<PageTable>;
}

function placeOf(location: string): Place {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(location) ?? [];
  if (scheme === undefined && location !== "")
    return {
      name: `the folder ${location}`,
      mend: "`store` takes a folder that can be written to and has room, or a postgres:// URL",
      open: async (warn) => await sqliteTable(path.resolve(location), warn),
    };
  if (!/^postgres(ql)?$/i.test(scheme ?? ""))
    throw new InputError(
      `store: ${scheme === undefined ? "an empty text" : `${scheme}://…`} is neither a folder nor a postgres:// URL`,
    );
  const url = URL.parse(location);
  if (!url)
    throw new InputError(
      "store: what follows postgres:// is no URL; write postgres://user@host:5432/database, what is special in it as %2F and the like, and give the password in the environment as PGPASSWORD",
    );
  return {
    name: `PostgreSQL at ${url.hostname || "its default host"}`,
    mend: `check that it runs, knows this user and password, and lets them make and write the table ${PAGES}`,
    // Loaded where it is used alone: most runs start without.
    open: async () => await (await import("./postgres-table.ts")).postgresTable(location),
  };
}

/** Where several addresses were tried, there is only a code. */
function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  return fault.message || ("code" in fault ? String(fault.code) : fault.name);
}
