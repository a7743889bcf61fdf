import { setImmediate } from "node:timers/promises";
import type { Strategy } from "../advice/strategy.ts";
import { type BacktestSettings, type Replay, replay } from "../backtest/backtest.ts";
import type { Past } from "../backtest/past.ts";
import { InputError } from "../domain/input-error.ts";

export interface TimeLimit {
  /** As `performance.now()` counts. */
  readonly untilMs: number;
  readonly progress: (step: string) => void;
}

/** Between two looks at the clock. */
const SLICE_MS = 50;

/** Replays one past after the other; rejects with an `InputError` when the time is up. */
export async function replayInTime(
  pasts: readonly Past[],
  strategies: ReadonlyMap<string, Strategy>,
  settings: BacktestSettings,
  { untilMs, progress }: TimeLimit,
): Promise<Replay[]> {
  const replays: Replay[] = [];
  let lookedMs = performance.now();
  for (const [index, past] of pasts.entries()) {
    const steps = replay(past, strategies, settings);
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      if (performance.now() - lookedMs < SLICE_MS) continue;
      progress(`${past.name} (${index + 1} of ${pasts.length}): asking ${step.value}`);
      await setImmediate();
      lookedMs = performance.now();
      if (lookedMs > untilMs)
        throw new InputError(
          `--time-limit: reached after ${index} of ${pasts.length} series; give it more time, fewer series, or fewer --periods`,
        );
    }
    replays.push(step.value);
  }
  return replays;
}
