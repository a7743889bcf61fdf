import type { Distribution } from "../usage/distribution.ts";
import type { ContainerUsage } from "../usage/usage.ts";

/** What a container used over time in all its pods, to be replayed. */
export interface Past {
  readonly name: string;
  /** Of the first and the last sample. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: number;
  /** What could be known at `endMs` of the time since `startMs`. */
  usage(startMs: number, endMs: number): ContainerUsage;
  /** What was used from `startMs` until before `endMs`: cores or bytes, of each pod. */
  used(startMs: number, endMs: number): Distribution[];
  /** For a picture, ascending; times without samples are left out. */
  bands(): UseBand[];
}

/** What all pods used in an hour, or in more where there are many: cores or bytes. */
export interface UseBand {
  readonly startMs: number;
  readonly endMs: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export function bandOf(startMs: number, endMs: number, used: Distribution): UseBand {
  const { min, max } = used;
  return { startMs, endMs, min, median: used.quantile(0.5), p95: used.quantile(0.95), max };
}
