import type { Strategy } from "../strategy.ts";
import { krrDays, krrMemoryNeed } from "./krr.ts";
import { krrCores } from "./krr-rounding.ts";
import { ordinal } from "./percentile.ts";
import { pooled } from "./pooled.ts";

const REQUEST_PERCENTILE = 66;
const LIMIT_PERCENTILE = 96;

/** KRR's `simple_limit` (strategies/simple_limit.py): percentiles of all pods' samples together. */
export function krrLimit(): Strategy {
  return {
    name: "krr-limit",
    need(input) {
      const days = krrDays(input);
      if (!days) return undefined;
      if (input.resource === "memory") return krrMemoryNeed(input, days);
      const samples = pooled(days.map(({ values }) => values));
      return {
        request: krrCores(samples.quantile(REQUEST_PERCENTILE / 100)),
        limit: krrCores(samples.quantile(LIMIT_PERCENTILE / 100)),
        because: `the ${ordinal(REQUEST_PERCENTILE)} percentile of all samples`,
      };
    },
  };
}
