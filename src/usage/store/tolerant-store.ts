import type { UsageStore } from "../usage-store.ts";

/**
 * A store whose faults are no reason to end a sweep: the first one is told, and from then on nothing is saved,
 * or, where it was met reading, nothing is kept at all. Never rejects.
 */
export function tolerantStore(store: UsageStore, tell: (fault: unknown) => void): UsageStore {
  const failed = new Set<"reading" | "writing">();
  const attempt = async <T>(
    what: "reading" | "writing",
    otherwise: T,
    work: () => Promise<T>,
  ): Promise<T> => {
    if (failed.has("reading") || failed.has(what)) return otherwise;
    try {
      return await work();
    } catch (fault) {
      if (failed.size === 0) tell(fault);
      failed.add(what);
      return otherwise;
    }
  };
  return {
    kept: async (source) => await attempt("reading", new Map(), async () => await store.kept(source)),
    load: async (source, namespace, days) =>
      await attempt("reading", new Map(), async () => await store.load(source, namespace, days)),
    save: async (source, namespace, days) =>
      await attempt("writing", undefined, async () => await store.save(source, namespace, days)),
    prune: async (before) => await attempt("writing", undefined, async () => await store.prune(before)),
    async [Symbol.asyncDispose]() {
      try {
        await store[Symbol.asyncDispose]();
      } catch {
        // What was saved is saved; there is nothing more to lose.
      }
    },
  };
}
