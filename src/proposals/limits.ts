/** How many pull requests a repository gets. */
export interface Limits {
  /** Open at the same time. */
  readonly open: number;
  readonly perHour: number;
  readonly perDay: number;
}

const HOUR_MS = 3_600_000;

/** How many may be opened now, where so many are open and these were opened at these times (Unix ms). */
export function room(limits: Limits, open: number, openedAt: readonly number[], nowMs: number): number {
  const since = (ms: number): number => openedAt.filter((at) => at > nowMs - ms).length;
  return Math.max(
    0,
    Math.min(limits.open - open, limits.perHour - since(HOUR_MS), limits.perDay - since(24 * HOUR_MS)),
  );
}
