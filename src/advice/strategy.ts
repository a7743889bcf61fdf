import type { Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";
import type { ContainerUsage, Day } from "../usage/usage.ts";

/** What a strategy may know when it decides. */
export interface StrategyInput {
  readonly resource: ResourceName;
  /** Nothing in it is newer than `atMs`; the last day may be a part of one. */
  readonly usage: ContainerUsage;
  readonly atMs: number;
  /** What the container asks for and may use now. */
  readonly current: { readonly request?: Quantity | undefined; readonly limit?: Quantity | undefined };
}

/** Cores or bytes that a container should ask for. */
export interface Need {
  readonly request: number;
  /** Set where the strategy has its own mind of limits: a number, or `null` for none. */
  readonly limit?: number | null;
  /** One sentence for the reviewer: what decided. */
  readonly because: string;
}

/** When a usage is asked about, which is known up to a day then; all of it where that is left out. */
export type Moment = Pick<StrategyInput, "atMs" | "current"> & { readonly lastDay?: Day | undefined };

/** What one usage asks for at any moment. */
export type NeedAt = (moment: Moment) => Need | undefined;

/** How usage becomes a number. Pure: the same input gives the same need. Guards come after it. */
export interface Strategy {
  readonly name: string;
  /** `undefined` where the usage says too little. */
  need(input: StrategyInput): Need | undefined;
  /** The same for many moments of one usage; left out where that costs no less than to ask for each. */
  needAt?(of: Pick<StrategyInput, "resource" | "usage">): NeedAt;
}

/** {@link Strategy.needAt} of any strategy. */
export function needAt(strategy: Strategy, of: Pick<StrategyInput, "resource" | "usage">): NeedAt {
  return (
    strategy.needAt?.(of) ??
    (({ atMs, current, lastDay }) =>
      strategy.need({ ...of, usage: throughDay(of.usage, lastDay), atMs, current }))
  );
}

/** What was known of a usage at the end of a day. */
export function throughDay(usage: ContainerUsage, lastDay: Day | undefined): ContainerUsage {
  return lastDay === undefined ? usage : { ...usage, days: usage.days.filter(({ day }) => day <= lastDay) };
}
