import { recordedUsage } from "../../demo/recorded-usage.ts";
import type { GeneratedUsage } from "../support/usage-generator.ts";

/** Two days of the demo's usage, of these of its workloads alone, since a story needs no more. */
export async function usageOf(
  names: readonly string[],
  endMs: number,
  factors: Readonly<Record<string, number>> = {},
): Promise<GeneratedUsage> {
  const usage = await recordedUsage(endMs, "2d", 600, factors);
  return {
    ...usage,
    lines: () =>
      [...usage.lines()].filter((line) => line.startsWith("#") || names.some((name) => line.includes(name))),
  };
}
