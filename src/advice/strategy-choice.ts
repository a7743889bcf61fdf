import type { ResourceName } from "../domain/resources.ts";
import { adaptive } from "./strategies/adaptive.ts";
import { percentile } from "./strategies/percentile.ts";
import { strategyNamed } from "./strategies/strategies.ts";
import type { Strategy } from "./strategy.ts";

/** A strategy by name, and what the ones that take parameters are to know. */
export interface StrategyChoice {
  readonly name: string;
  /** Of `adaptive`. */
  readonly profile: "balanced" | "safe";
  /** Of `percentile`. */
  readonly percentile: number;
  readonly safetyFactor: Readonly<Record<ResourceName, number>>;
}

/** `undefined` where there is none of this name. */
export function strategyOf(choice: StrategyChoice): Strategy | undefined {
  if (choice.name === "percentile") return percentile(choice);
  return choice.name === "adaptive" ? adaptive(choice.profile) : strategyNamed(choice.name);
}
