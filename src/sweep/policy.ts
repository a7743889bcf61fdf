import type { PolicyConfig } from "../config/schema.ts";
import { DEFAULT_POLICY } from "../advice/policy.ts";
import { percentile } from "../advice/strategies/percentile.ts";
import { parseDuration, type Window } from "../domain/duration.ts";
import type { Method } from "../proposals/evidence.ts";
import type { PlanPolicy } from "./plan.ts";

/** The policy with its durations in seconds. */
export function policyOf(config: PolicyConfig): PlanPolicy {
  return {
    ...DEFAULT_POLICY,
    strategy: percentile(config),
    bounds: config.bounds,
    minimumChangePercent: config.minimumChangePercent,
    minimumHistorySeconds: parseDuration(config.minimumHistory) ?? 0,
    minimumSamples: config.minimumSamples,
    minimumCertainty: config.minimumCertainty,
  };
}

/** How the numbers come about, in words for the reader. */
export function methodOf({ window, percentile, safetyFactor }: PolicyConfig): Method {
  return { window, percentile, safetyFactor };
}

const GRID_MS = 300_000;

/** The window that ends now, on the grid of the samples, so that two runs in a row see the same. */
export function windowEnding(nowMs: number, length: string): Window {
  const endMs = Math.floor(nowMs / GRID_MS) * GRID_MS;
  return { startMs: endMs - (parseDuration(length) ?? 0) * 1000, endMs };
}
