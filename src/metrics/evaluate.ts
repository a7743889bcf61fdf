import type { Series } from "./series-source.ts";
import type { TimeGrid } from "./time-grid.ts";

/** Values over time, times ascending. */
type Samples = Pick<Series, "timesMs" | "values">;

/** What Prometheus looks back for a gauge's value. */
const LOOKBACK_MS = 5 * 60_000;

/** Called with the index of each grid point that has a value. */
type Put = (index: number, value: number) => void;

/** The newest sample of the five minutes before each grid point. */
export function gaugeOnGrid({ timesMs, values }: Samples, grid: TimeGrid, put: Put): void {
  let next = 0;
  for (let index = 0; index < grid.points; index++) {
    const atMs = grid.firstMs + index * grid.stepMs;
    while (next < timesMs.length && (timesMs[next] ?? 0) <= atMs) next++;
    if (next > 0 && (timesMs[next - 1] ?? 0) > atMs - LOOKBACK_MS) put(index, values[next - 1] ?? Number.NaN);
  }
}

/** `rate(counter[window])` as Prometheus computes it: resets add up, and the ends are extrapolated. */
export function rateOnGrid(samples: Samples, grid: TimeGrid, windowMs: number, put: Put): void {
  const { timesMs } = samples;
  let from = 0;
  let to = 0;
  for (let index = 0; index < grid.points; index++) {
    const atMs = grid.firstMs + index * grid.stepMs;
    while (to < timesMs.length && (timesMs[to] ?? 0) <= atMs) to++;
    while (from < to && (timesMs[from] ?? 0) <= atMs - windowMs) from++;
    if (to - from >= 2) put(index, extrapolatedRate(samples, from, to, atMs - windowMs, atMs));
  }
}

/** What a counter rose from sample to sample, for the span after each grid point in which the later one lies. */
export function increaseOnGrid({ timesMs, values }: Samples, grid: TimeGrid, put: Put): void {
  let before = Number.NaN;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const span = Math.floor(((timesMs[index] ?? 0) - grid.firstMs) / grid.stepMs);
    const increase = value < before ? value : value - before;
    if (span >= 0 && span < grid.points && increase > 0) put(span, increase);
    before = value;
  }
}

/**
 * `extrapolatedRate` of Prometheus's promql/functions.go, in the form of its version 3: the increase between
 * the samples from `from` up to `to` is stretched to the whole window, but by half an interval at most where
 * the series seems to begin or end inside, and not to before the counter was zero.
 */
function extrapolatedRate(
  { timesMs, values }: Samples,
  from: number,
  to: number,
  startMs: number,
  endMs: number,
): number {
  const firstMs = timesMs[from] ?? 0;
  const lastMs = timesMs[to - 1] ?? 0;
  const first = values[from] ?? Number.NaN;
  let increase = (values[to - 1] ?? Number.NaN) - first;
  for (let index = from + 1; index < to; index++) {
    const before = values[index - 1] ?? Number.NaN;
    if ((values[index] ?? Number.NaN) < before) increase += before;
  }
  const sampledMs = lastMs - firstMs;
  const intervalMs = sampledMs / (to - from - 1);
  const reach = (gapMs: number): number => (gapMs >= intervalMs * 1.1 ? intervalMs / 2 : gapMs);
  const toZeroMs = increase > 0 && first >= 0 ? sampledMs * (first / increase) : Infinity;
  const extrapolatedMs = sampledMs + Math.min(reach(firstMs - startMs), toZeroMs) + reach(endMs - lastMs);
  return (increase * (extrapolatedMs / sampledMs)) / ((endMs - startMs) / 1000);
}
