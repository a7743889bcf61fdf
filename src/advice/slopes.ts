/** A value at a time, such as that of a day. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/**
 * The slopes between all pairs of points, which ascend in time, by the share of them (0 to 1) that are below: Theil and
 * Sen take the median, a low one is what nearly all pairs agree on. 0 where there are no two points.
 */
export function slopesOf(points: readonly Point[]): (share: number) => number {
  const slopes = Float64Array.from(
    points.flatMap((from, index) =>
      points.slice(index + 1).map((to) => (to.value - from.value) / (to.at - from.at)),
    ),
  ).sort();
  return (share) => slopes[Math.floor(share * (slopes.length - 1))] ?? 0;
}
