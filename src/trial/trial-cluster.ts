import type { Reason } from "../domain/reason.ts";
import type { WorkloadId } from "../domain/workload.ts";
import type { NewSize } from "./next-step.ts";
import type { Situation } from "./situation.ts";
import type { Trial } from "./trial.ts";
import type { TrialPod, TriedPod } from "./trial-pod.ts";

/** A trial as it is written down in its cluster, at one moment. */
export interface KeptTrial {
  readonly trial: Trial;
  /** Where it is written. */
  readonly name: string;
  readonly uid: string;
  /** Of this very state of it: who writes over another one is turned away. */
  readonly version: string;
  readonly writtenSince: string;
  /** Who goes on with it, and until when that is nobody else's business, in Unix milliseconds. */
  readonly holder: string;
  readonly heldUntilMs: number;
  /** Somebody deleted what keeps it; it stays until the pod is put back. */
  readonly deleted: boolean;
}

/**
 * `changed`: the pod is not what it was; `gone`: it is not there any more; `refused`: the API server would not, and
 * why.
 */
export type Resized =
  | { readonly status: "done" | "changed" | "gone" }
  | { readonly status: "refused"; readonly message: string };

/** All that a trial does to a cluster. Nothing else of Loadline writes to one. */
export interface TrialCluster extends AsyncDisposable {
  /** What a trial of this workload would meet; or why there can be none. */
  situation(workload: WorkloadId): Promise<Situation | Reason>;
  pod(namespace: string, name: string): Promise<TriedPod | undefined>;
  /** In place; with `dryRun` only asks whether it would be done. */
  resize(namespace: string, pod: TrialPod, sizes: readonly NewSize[], dryRun?: boolean): Promise<Resized>;
  trials(): Promise<readonly KeptTrial[]>;
  /** Writes a trial down, where there is none of its workload yet. */
  claim(trial: Trial, holder: string, untilMs: number): Promise<"claimed" | "taken" | Reason>;
  /** Writes it again, held by somebody; `undefined` where it is not what it was any more. */
  keep(kept: KeptTrial, trial: Trial, holder: string, untilMs: number): Promise<KeptTrial | undefined>;
  /** Forgets it. */
  drop(kept: KeptTrial): Promise<void>;
}
