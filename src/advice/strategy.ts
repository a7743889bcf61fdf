import type { Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";
import type { ContainerUsage } from "../usage/usage.ts";

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

/** How usage becomes a number. Pure: the same input gives the same need. Guards come after it. */
export interface Strategy {
  readonly name: string;
  /** `undefined` where the usage says too little. */
  need(input: StrategyInput): Need | undefined;
}
