import pLimit from "p-limit";
import type { Sweeper } from "../sweeper.ts";

/** Asks for a pull request of a repository to be checked; resolves when that is done. */
export type Checker = (repository: string, number: number) => Promise<void>;

/**
 * Checks after the sweep that is under way, which may still write to the pull request, and together what was
 * asked for meanwhile, so that a repository is read once.
 */
export function createChecker(
  sweeper: Sweeper,
  check: (repository: string, numbers: ReadonlySet<number>) => Promise<void>,
): Checker {
  const oneAtATime = pLimit(1);
  const waiting = new Map<string, Set<number>>();
  return async (repository, number) => {
    waiting.set(repository, (waiting.get(repository) ?? new Set()).add(number));
    await oneAtATime(async () => {
      await sweeper.idle();
      const due = waiting.get(repository);
      waiting.delete(repository);
      if (due) await check(repository, due);
    });
  };
}
