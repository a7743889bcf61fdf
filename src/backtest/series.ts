/** What one pod used over time: cores or bytes; times ascend. */
export interface PodSeries {
  readonly pod: string;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** What a container used, in all its pods. */
export interface UseSeries {
  readonly name: string;
  readonly pods: readonly PodSeries[];
}

/** The samples of a pod from `startMs` until before `endMs`, without copying them. */
export function between(series: PodSeries, startMs: number, endMs: number): PodSeries {
  const [from, to] = [firstFrom(series.timesMs, startMs), firstFrom(series.timesMs, endMs)];
  return { ...series, timesMs: series.timesMs.subarray(from, to), values: series.values.subarray(from, to) };
}

/** The index of the first time that is not before `timeMs`. */
function firstFrom(timesMs: Float64Array, timeMs: number): number {
  let [low, high] = [0, timesMs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
