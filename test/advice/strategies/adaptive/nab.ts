import { readFileSync } from "node:fs";
import { Sketch } from "../../../../src/usage/sketch.ts";
import type { UtcDay } from "./replay.ts";

/**
 * The days of five real series (Numenta Anomaly Benchmark, `data/realAWSCloudwatch`; its licence is beside
 * them), read as cores of a machine with two: what is kept of a container's days.
 */
export function nabSeries(): ReadonlyMap<string, readonly UtcDay[]> {
  const text = readFileSync(new URL("nab-days.csv", import.meta.url), "utf8");
  const rows = text.trimEnd().split("\n").slice(2);
  const series = new Map<string, UtcDay[]>();
  for (const row of rows) {
    const [name = "", day, min, max, sum, bins = ""] = row.split(",");
    const pairs = bins.split(" ").map((pair) => pair.split(":").map(Number));
    const values = new Sketch({
      bins: Uint16Array.from(pairs, ([bin = 0]) => bin),
      counts: Uint32Array.from(pairs, ([, count = 0]) => count),
      sum: Number(sum),
      min: Number(min),
      max: Number(max),
    });
    series.set(name, [...(series.get(name) ?? []), { day: Number(day), values }]);
  }
  return series;
}
