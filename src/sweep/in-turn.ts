import type { SweepSetup } from "./setup.ts";
import { withLock } from "./shards/repository-lock.ts";
import { hasSharedStore, sharedStore } from "./shards/shard.ts";

/**
 * Does some work while no other process of this Loadline does it with the same name, where they share a store on
 * PostgreSQL. Where they do not, or it can't be had, nobody waits: what two do at once is then told apart by what
 * GitHub refuses.
 */
export async function inTurn<T>(
  { config, log }: Pick<SweepSetup, "config" | "log">,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!hasSharedStore(config)) return await work();
  let begun = false;
  try {
    return await withLock(sharedStore(config), name, async () => {
      begun = true;
      return await work();
    });
  } catch (error) {
    if (begun) throw error;
    log.warn({ err: error, name }, "no turn could be had from the store, so this goes on without");
    return await work();
  }
}
