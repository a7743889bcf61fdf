import { baseUnits } from "../../domain/quantity.ts";
import { greatest } from "../../usage/distribution.ts";
import type { PodDay } from "../../usage/usage.ts";
import type { Need, Strategy, StrategyInput } from "../strategy.ts";
import { killedAtLimit } from "./running-pods.ts";
import { krrCores, krrMemory } from "./krr-rounding.ts";
import { ordinal } from "./percentile.ts";
import { pooled } from "./pooled.ts";
import { byPod, recentDays } from "./recent-days.ts";

/** What KRR reads: 14 days; of fewer samples, over all pods, it says nothing. */
const KRR_WINDOW_SECONDS = 14 * 86_400;
const KRR_FEWEST_SAMPLES = 100;

const CPU_PERCENTILE = 95;
const MEMORY_BUFFER = 1 + 15 / 100;
const OOM_BUFFER = 1 + 25 / 100;

/**
 * KRR's `simple` (robusta-dev/krr, strategies/simple.py): CPU by the busiest pod's own percentile, no CPU
 * limit; memory by the highest peak with a buffer, as request and limit.
 */
export function krr(): Strategy {
  return {
    name: "krr",
    need(input) {
      const days = krrDays(input);
      if (!days) return undefined;
      if (input.resource === "memory") return krrMemoryNeed(input, days);
      const pods = [...byPod(days).values()].map((own) => pooled(own.map(({ values }) => values)));
      return {
        request: krrCores(greatest(pods.map((own) => own.quantile(CPU_PERCENTILE / 100)))),
        limit: null,
        because: `the ${ordinal(CPU_PERCENTILE)} percentile of ${pods.length === 1 ? "its pod" : `the busiest of ${pods.length} pods`}`,
      };
    },
  };
}

/** What KRR looks at; `undefined` where it says "not enough data". */
export function krrDays({ usage, resource, atMs }: StrategyInput): readonly PodDay[] | undefined {
  const days = recentDays(usage, resource, atMs, KRR_WINDOW_SECONDS);
  const samples = days.reduce((sum, { values }) => sum + values.count, 0);
  return samples < KRR_FEWEST_SAMPLES ? undefined : days;
}

/** The same in both of KRR's strategies. */
export function krrMemoryNeed({ usage, current }: StrategyInput, days: readonly PodDay[]): Need {
  const peak = greatest(days.map(({ values }) => values.max)) * MEMORY_BUFFER;
  const limit = current.limit === undefined ? 0 : baseUnits(current.limit);
  const killedAt = killedAtLimit(usage, limit) ? limit : 0;
  const bytes = krrMemory(Math.max(peak, killedAt * OOM_BUFFER));
  const because =
    killedAt * OOM_BUFFER > peak
      ? "a container was killed at its memory limit, plus 25 %"
      : "the highest peak plus 15 %";
  return { request: bytes, limit: bytes, because };
}
