import type { Quantity } from "./quantity.ts";
import type { ResourceField } from "./resources.ts";

/** What a policy wants done once a change is merged. */
export interface AfterMerge {
  /** So long a delivery may take before it is said why it waits. */
  readonly syncWithinSeconds: number;
  /** So long after the sync it is watched whether things got worse; 0 does not watch. */
  readonly watchSeconds: number;
  /** Whether what got worse is taken back by a pull request; else it is only said. */
  readonly revert: boolean;
  /** So long after that nothing is proposed for the workload. */
  readonly restSeconds: number;
  /** So long what was too little is not proposed again. */
  readonly floorSeconds: number;
  readonly worse: WorseThan;
  readonly signals: readonly Signal[];
}

/** From when on something counts as worse; it must be more than twice what it was before the merge, too. */
export interface WorseThan {
  readonly oomKills: number;
  readonly restarts: number;
  /** Of the periods, and so many points more than before. */
  readonly throttledPercent: number;
  /** Of one pod. */
  readonly pendingSeconds: number;
  /** Of an autoscaler at its maximum. */
  readonly atMaximumSeconds: number;
}

/** A number of the user's own, the less the better, such as a latency or a share of errors. */
export interface Signal {
  readonly name: string;
  /** PromQL with `$namespace`, `$kind` and `$workload`. */
  readonly query: string;
  /** So many percent above its median before the merge, it is worse. */
  readonly worsePercent: number;
  /** Below this it is never worse. */
  readonly ignoreBelow: number;
}

/** What a merge that made things worse taught of a workload. */
export interface Lesson {
  /** The pull request that takes it back. */
  readonly number: number;
  /** When it was seen, in Unix milliseconds. */
  readonly atMs: number;
  /** By container. */
  readonly tooLittle: ReadonlyMap<string, TooLittle>;
}

/** Amounts with which a container did worse than with more. */
export type TooLittle = { readonly [field in ResourceField]?: Quantity | undefined };

export const DEFAULT_AFTER_MERGE: AfterMerge = {
  syncWithinSeconds: 1800,
  watchSeconds: 86_400,
  revert: true,
  restSeconds: 14 * 86_400,
  floorSeconds: 90 * 86_400,
  worse: { oomKills: 1, restarts: 3, throttledPercent: 25, pendingSeconds: 900, atMaximumSeconds: 3600 },
  signals: [],
};
