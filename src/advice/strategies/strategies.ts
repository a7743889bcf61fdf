import type { Strategy } from "../strategy.ts";
import { adaptive } from "./adaptive.ts";
import { krr } from "./krr.ts";
import { krrLimit } from "./krr-limit.ts";
import { OPTIPOD, percentile } from "./percentile.ts";
import { vpa } from "./vpa.ts";

/** Every strategy as it comes, by the name that people write; our own first. */
const STRATEGIES: Readonly<Record<string, () => Strategy>> = {
  adaptive: () => adaptive("balanced"),
  "adaptive:safe": () => adaptive("safe"),
  percentile: () => percentile(OPTIPOD),
  krr,
  "krr-limit": krrLimit,
  vpa: () => vpa(),
};

/** Other names for the two profiles of `adaptive`. */
const ALIASES: Readonly<Record<string, string>> = {
  balanced: "adaptive",
  "adaptive:balanced": "adaptive",
  safe: "adaptive:safe",
};

export const STRATEGY_NAMES: readonly string[] = Object.keys(STRATEGIES);

/** `undefined` where there is none of this name. */
export function strategyNamed(name: string): Strategy | undefined {
  const known = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  return known !== undefined && Object.hasOwn(STRATEGIES, known) ? STRATEGIES[known]?.() : undefined;
}
