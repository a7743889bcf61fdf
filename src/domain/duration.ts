const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of `14d`, `24h`, `1h30m` (the units of Prometheus up to weeks); `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,6}[smhdw])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g))
    seconds += Number(count) * (UNIT_SECONDS[unit ?? ""] ?? 0);
  return seconds > 0 ? seconds : undefined;
}

/** The shortest way to write a number of seconds: 1209600 → `14d`, 5400 → `90m`. */
export function formatDuration(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["m", 60],
  ] as const)
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  return `${seconds}s`;
}

/** A span of time in Unix milliseconds, the end excluded. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}
