import type { ResourceName } from "../../domain/resources.ts";
import type { Strategy } from "../strategy.ts";
import { pooled } from "./pooled.ts";
import { recentDays } from "./recent-days.ts";

export interface PercentileParameters {
  /** 1 to 100. */
  readonly percentile: number;
  /** At least 1. */
  readonly safetyFactor: Readonly<Record<ResourceName, number>>;
  /** How far back it looks; left out, at all there is. */
  readonly windowSeconds?: number;
}

/** As OptiPod comes: its percentile, factor and rolling window. */
export const OPTIPOD: PercentileParameters = {
  percentile: 90,
  safetyFactor: { cpu: 1.2, memory: 1.2 },
  windowSeconds: 86_400,
};

/** OptiPod counts in these. */
const UNITS_OF_ONE: Readonly<Record<ResourceName, number>> = { cpu: 1000, memory: 1 };

/**
 * OptiPod's formula (optipod, internal/recommendation/engine.go): the percentile of the samples of all pods,
 * by linear interpolation, times a factor, cut to whole millicores or bytes.
 */
export function percentile({ percentile, safetyFactor, windowSeconds }: PercentileParameters): Strategy {
  return {
    name: "percentile",
    need({ resource, usage, atMs }) {
      const samples = pooled(recentDays(usage, resource, atMs, windowSeconds).map(({ values }) => values));
      if (samples.count === 0) return undefined;
      const units = UNITS_OF_ONE[resource];
      const factor = safetyFactor[resource];
      return {
        request: whole(samples.quantile(percentile / 100) * units * factor) / units,
        because: `the ${ordinal(percentile)} percentile of all samples × ${factor}`,
      };
    },
  };
}

/** A hair of tolerance, so that 1140 computed in floating point does not become 1139. */
function whole(amount: number): number {
  return Math.floor(Number(amount.toFixed(6)));
}

export function ordinal(number: number): string {
  const ending = /(?<!1)[123]$/.exec(String(number))?.[0];
  return `${number}${ending === undefined ? "th" : { 1: "st", 2: "nd", 3: "rd" }[Number(ending)]}`;
}
