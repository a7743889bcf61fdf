import { setTimeout as sleep } from "node:timers/promises";
import { statusOf } from "./repository.ts";

/**
 * For requests that make something, as their `request`: Octokit would send one again whose answer was lost, which
 * may have had its effect.
 */
export const NOT_TWICE = { retries: 0 } as const;

const PAUSE_MS = 1000;

/** Does once more what first looks whether it is done already, where an answer was lost or GitHub is at fault. */
export async function lookAgain(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if ((statusOf(error) ?? 0) < 500) throw error;
    await sleep(PAUSE_MS);
    await work();
  }
}
