import type { Reason } from "../domain/reason.ts";
import type { Rollout } from "../domain/rollout.ts";

/** What a cluster says of a merge's target now. */
export interface Sight {
  /** Whether what runs has the amounts of the merge; `gone`: there is no such workload any more. */
  readonly amounts: "arrived" | "other" | "gone" | "unknown";
  /** Left out where it can't be seen, and where there is none, as for a CronJob. */
  readonly rollout?: Rollout;
  /** Left out where nothing is known to bring the repository's files into the cluster. */
  readonly delivery?: DeliverySight;
}

/** What brings the merge into the cluster, and how far it is. */
export interface DeliverySight {
  /** Such as `Application argocd/shop`. */
  readonly name: string;
  /** The revision that was applied, where it holds the merge. */
  readonly revision?: string;
  readonly healthy: boolean;
  /** What is in the way of syncing or health, as far as it says. */
  readonly hindered?: Reason;
}

/** Sees nothing. */
export const UNSEEN: Sight = { amounts: "unknown" };
