import type { UsageStore } from "../usage-store.ts";
import { type ContainerDay, DAY_MS, type Day } from "../usage.ts";
import { decodePage, encodePage } from "./page.ts";
import { MOST_BYTES, type PageTable } from "./page-table.ts";

/**
 * Keeps days as pages of a table. What is damaged is told and dropped, so that the next sweep reads it again. A
 * day that is too large for a page is told and not kept. Rejects where the table does.
 */
export function pageStore(table: PageTable, warn: (warning: string) => void): UsageStore {
  return {
    async kept(source) {
      const pages = Map.groupBy(await table.list(source), ({ namespace }) => namespace);
      return new Map([...pages].map(([namespace, of]) => [namespace, of.map(({ day }) => day)]));
    },
    async load(source, namespace, days) {
      const found = new Map<Day, readonly ContainerDay[]>();
      if (days.length === 0) return found;
      const damaged: Day[] = [];
      for (const { day, page } of await table.read(source, namespace, days)) {
        const containers = decodePage({ source, namespace, day }, page);
        if (containers) found.set(day, containers);
        else damaged.push(day);
      }
      if (damaged.length > 0) {
        warn(`kept usage of namespace ${namespace} is damaged and read again: ${dates(damaged)}`);
        await table.drop(source, namespace, damaged);
      }
      return found;
    },
    async save(source, namespace, days) {
      const pages = [...days].map(([day, containers]) => ({
        day,
        page: encodePage({ source, namespace, day }, containers),
      }));
      const fits = pages.filter(({ page }) => page.length <= MOST_BYTES);
      if (fits.length > 0) await table.write(source, namespace, fits);
      const large = pages.filter(({ page }) => page.length > MOST_BYTES).map(({ day }) => day);
      if (large.length > 0) warn(`usage of namespace ${namespace} is too large to keep: ${dates(large)}`);
    },
    prune: async (before) => await table.prune(before),
    [Symbol.asyncDispose]: async () => await table[Symbol.asyncDispose](),
  };
}

function dates(days: readonly Day[]): string {
  return days.map((day) => new Date(day * DAY_MS).toISOString().slice(0, "2026-01-01".length)).join(", ");
}
