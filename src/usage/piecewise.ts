import { inShards, QueryLimitError } from "../metrics/query-limit-error.ts";
import { DAY_MS, dayOf } from "./usage.ts";
import type { UsageWindow } from "./usage-source.ts";

/** Where a server's limits are met. */
export interface Piecewise<Answer> {
  /** Reads a window of a namespace, of some of its pods where they are given. */
  readonly ask: (window: UsageWindow, pods?: readonly string[]) => Promise<Answer>;
  /** All pods that were there in a window. */
  readonly podsOf: (window: UsageWindow) => Promise<readonly string[]>;
}

/**
 * Reads a window at once and, where that is {@link QueryLimitError}, by halves: of its days, then of its pods.
 * Rejects where even a day of one pod is too much.
 */
export async function piecewise<Answer>(pieces: Piecewise<Answer>, window: UsageWindow): Promise<Answer[]> {
  try {
    return [await pieces.ask(window)];
  } catch (error) {
    if (!(error instanceof QueryLimitError)) throw error;
    const days = dayOf(window.endMs - 1) - dayOf(window.startMs) + 1;
    if (days < 2) return inPods(pieces, window, error);
    const middleMs = (dayOf(window.startMs) + Math.floor(days / 2)) * DAY_MS;
    const older = await piecewise(pieces, { ...window, endMs: middleMs });
    return [...older, ...(await piecewise(pieces, { ...window, startMs: middleMs }))];
  }
}

async function inPods<Answer>(
  { ask, podsOf }: Piecewise<Answer>,
  window: UsageWindow,
  tooMuch: QueryLimitError,
): Promise<Answer[]> {
  const pods = await podsOf(window);
  if (pods.length < 2) throw tooMuch;
  const middle = Math.ceil(pods.length / 2);
  const answers: Answer[] = [];
  for (const half of [pods.slice(0, middle), pods.slice(middle)])
    answers.push(...(await inShards(half, async (shard) => [await ask(window, shard)])));
  return answers;
}
