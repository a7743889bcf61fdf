import path from "node:path";
import { noStore } from "../../usage/store/no-store.ts";
import { openUsageStore } from "../../usage/store/open-usage-store.ts";
import type { UsageStore } from "../../usage/usage-store.ts";
import { dayOf } from "../../usage/usage.ts";
import { cacheFolder } from "./cache-folder.ts";

/** Longer than anybody's window; what is older is forgotten. */
const DAYS_KEPT = 100;

/** The store that a configuration names: `none`, a folder relative to it, an address; or the default one. */
export async function openStore(
  location: string | undefined,
  folder: string,
  warn: (warning: string) => void,
): Promise<UsageStore> {
  if (location === "none") return noStore();
  const isAddress = location !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(location);
  const own = location ?? path.join(cacheFolder(), "usage");
  const place = isAddress ? own : path.resolve(folder, own);
  const store = await openUsageStore(place, warn);
  await store.prune(dayOf(Date.now()) - DAYS_KEPT);
  return store;
}
