import type { Series } from "../metrics/series-source.ts";

/** Values over time. */
export type Samples = Pick<Series, "timesMs" | "values">;

/**
 * What several scrape jobs saw of one container, each moment counted once: `kubelet` wins, else the job that
 * comes first in the alphabet (as in KRR); another one counts only where the winner has nothing.
 */
export function withoutDuplicates(seen: readonly Series[]): Samples {
  const [winner, ...others] = seen.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  if (winner === undefined) return { timesMs: new Float64Array(), values: new Float64Array() };
  if (others.length === 0) return winner;
  const byTime = new Map<number, number>();
  for (const { timesMs, values } of [winner, ...others])
    for (const [index, timeMs] of timesMs.entries())
      if (!byTime.has(timeMs)) byTime.set(timeMs, values[index] ?? Number.NaN);
  const timesMs = Float64Array.from(byTime.keys()).sort();
  return { timesMs, values: timesMs.map((timeMs) => byTime.get(timeMs) ?? Number.NaN) };
}

function rank({ labels: { job = "" } }: Series): string {
  return job === "kubelet" ? "" : ` ${job}`;
}
