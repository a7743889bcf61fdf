import type { Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";
import { pooledPercentile } from "./pooled-percentile.ts";
import type { Strategy } from "./strategy.ts";

/** How usage becomes a recommendation. */
export interface Policy {
  /** What turns usage into a number; what follows guards that number. */
  readonly strategy: Strategy;
  /** Of all samples, the share in percent that shall lie below the request before the safety factor. */
  readonly percentile: number;
  /** Multiplies the percentile; at least 1. */
  readonly safetyFactor: Readonly<Record<ResourceName, number>>;
  /** Requests are never recommended outside these. */
  readonly bounds: Readonly<Record<ResourceName, { readonly min: Quantity; readonly max: Quantity }>>;
  /** Changes of less than this many percent are not worth a review. */
  readonly minimumChangePercent: number;
  /** Less history or fewer samples than these give no recommendation. */
  readonly minimumHistorySeconds: number;
  readonly minimumSamples: number;
}

export const DEFAULT_POLICY: Policy = {
  strategy: pooledPercentile({ percentile: 95, safetyFactor: { cpu: 1.2, memory: 1.2 } }),
  percentile: 95,
  safetyFactor: { cpu: 1.2, memory: 1.2 },
  bounds: { cpu: { min: "10m", max: "32" }, memory: { min: "32Mi", max: "256Gi" } },
  minimumChangePercent: 10,
  minimumHistorySeconds: 86_400,
  minimumSamples: 100,
};
