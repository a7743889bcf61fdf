/** What one container used in a span of time; left out where it was not measured. */
export interface UseSeen {
  readonly cpu?: { readonly p95Cores: number; readonly maxCores: number } | undefined;
  readonly memory?: { readonly maxBytes: number } | undefined;
  /** Of the periods in which it ran, 0 to 1. */
  readonly throttled?: number | undefined;
}

/** What was measured of a trial, beside what the pod says of itself. */
export interface TrialSeen {
  /** Of each of the two spans. */
  readonly seconds: number;
  readonly containers: readonly {
    readonly name: string;
    /** As long a time before. */
    readonly before: UseSeen;
    readonly during: UseSeen;
  }[];
}

/** Samples as they were measured, in any order. */
export interface Samples {
  readonly cores: readonly number[];
  readonly bytes: readonly number[];
  readonly throttledPeriods: number;
  readonly periods: number;
}

export function useOf({ cores, bytes, throttledPeriods, periods }: Samples): UseSeen {
  const sorted = cores.toSorted((a, b) => a - b);
  const p95Cores = sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)];
  const maxCores = sorted.at(-1);
  return {
    cpu: p95Cores === undefined || maxCores === undefined ? undefined : { p95Cores, maxCores },
    memory: bytes.length === 0 ? undefined : { maxBytes: bytes.reduce((a, b) => Math.max(a, b)) },
    throttled: periods > 0 ? Math.min(1, throttledPeriods / periods) : undefined,
  };
}
