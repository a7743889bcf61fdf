import type { Strategy } from "../strategy.ts";
import { krr } from "./krr.ts";
import { krrLimit } from "./krr-limit.ts";
import { OPTIPOD, percentile } from "./percentile.ts";
import { vpa } from "./vpa.ts";

/** Every strategy as it comes, by the name that people write. */
const STRATEGIES = {
  percentile: () => percentile(OPTIPOD),
  krr,
  "krr-limit": krrLimit,
  vpa: () => vpa(),
} satisfies Readonly<Record<string, () => Strategy>>;

export const STRATEGY_NAMES: readonly string[] = Object.keys(STRATEGIES);

/** `undefined` where there is none of this name. */
export function strategyNamed(name: string): Strategy | undefined {
  return Object.entries(STRATEGIES).find(([known]) => known === name)?.[1]();
}
