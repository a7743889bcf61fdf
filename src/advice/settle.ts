import type { Reason } from "../domain/reason.ts";
import type { Bound } from "./guard.ts";

/** A number within its bounds, and the bound that decided where it is not what was asked for. */
export interface Settled {
  readonly amount: number;
  readonly because?: Reason;
}

/**
 * Moves an amount into its bounds: above every least in turn, then below every most. Where the mosts would
 * lower it from `current` below a firm least, `current` stays.
 */
export function settle(wanted: number, current: number | undefined, bounds: readonly Bound[]): Settled {
  let [amount, because]: [number, Reason | undefined] = [wanted, undefined];
  for (const { least, ...bound } of bounds)
    if (least !== undefined && least > amount) [amount, because] = [least, reasonOf(bound)];
  for (const { most, ...bound } of bounds)
    if (most !== undefined && most < amount) [amount, because] = [most, reasonOf(bound)];
  const undercut = bounds.find(({ firm, least }) => firm && least !== undefined && least > amount);
  if (undercut && current !== undefined && amount < current)
    return { amount: current, because: reasonOf(undercut) };
  return because ? { amount, because } : { amount };
}

function reasonOf({ code, message }: Reason): Reason {
  return { code, message };
}
