/** How far a workload's controller is with its newest pod template. */
export interface Rollout {
  /** Whether the controller has seen the template at all. */
  readonly observed: boolean;
  /** Pods there shall be. */
  readonly wanted: number;
  /** Pods of the newest template, and all that are ready. */
  readonly updated: number;
  readonly ready: number;
  /** Pods of older templates that are still there. */
  readonly old: number;
}

/** All pods are of the newest template and ready. */
export function isRolledOut({ observed, wanted, updated, ready, old }: Rollout): boolean {
  return observed && updated >= wanted && ready >= wanted && old === 0;
}
