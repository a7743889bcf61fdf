import type { UsageStore } from "../usage-store.ts";

/** Keeps nothing: every sweep reads the whole window. */
export function noStore(): UsageStore {
  return {
    kept: async () => new Map(),
    load: async () => new Map(),
    save: async () => {},
    prune: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
