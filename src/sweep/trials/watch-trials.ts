import { setTimeout as delay } from "node:timers/promises";
import type { Telemetry } from "../../telemetry.ts";
import type { Trials } from "./trials.ts";

/** While one is under way, and while none is known of; another Loadline may have left one behind. */
const BUSY_MS = 30_000;
const IDLE_MS = 300_000;

/** Trials that go on by themselves until this is disposed of: at once, when one begins or is stopped, again and again. */
export function watchTrials(
  trials: Trials,
  { trials: gauge }: Pick<Telemetry, "trials">,
): Trials & AsyncDisposable {
  const stop = new AbortController();
  let woken = new AbortController();
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      woken = new AbortController();
      const underWay = await trials.round();
      gauge.set(underWay);
      const signal = AbortSignal.any([stop.signal, woken.signal]);
      await delay(underWay > 0 ? BUSY_MS : IDLE_MS, undefined, { signal }).catch(() => {});
    }
  };
  const ended = run();
  const waking = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    woken.abort();
    return result;
  };
  return {
    begin: async (...order) => await waking(trials.begin(...order)),
    stop: async (...which) => await waking(trials.stop(...which)),
    round: trials.round,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
