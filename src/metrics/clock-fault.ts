import { InputError } from "../domain/input-error.ts";

/** What kube-state-metrics told so long ago is taken to be true now, and no longer. */
const MOST_MS = 15 * 60_000;

/**
 * A server whose `Date` says another time than this machine's clock, or `undefined`. Windows end now: with a clock
 * that is ahead, days would be kept that are not over.
 */
export function clockFault(shown: string, date: string | undefined, nowMs: number): InputError | undefined {
  const aheadMs = nowMs - Date.parse(date ?? "");
  // Negated, so that a date that is none is no fault.
  if (!(Math.abs(aheadMs) > MOST_MS)) return undefined;
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  return new InputError(
    `this machine's clock is ${minutes} minutes ${aheadMs > 0 ? "ahead of" : "behind"} that of Prometheus at ${shown}; set right whichever is wrong`,
  );
}
