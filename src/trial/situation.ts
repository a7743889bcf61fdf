import type { Autoscaler, VerticalAutoscaler, WorkloadId } from "../domain/workload.ts";
import type { TriedContainer } from "./trial.ts";
import type { TrialPod } from "./trial-pod.ts";

/** What a trial would meet in the cluster. */
export interface Situation {
  /** Of the API server, such as 36 for 1.36. */
  readonly minor: number;
  /** The workload's own, all of them. */
  readonly pods: readonly CandidatePod[];
  readonly autoscalers: readonly Autoscaler[];
  readonly verticalAutoscaler?: VerticalAutoscaler | undefined;
}

export interface CandidatePod extends TrialPod {
  /** PodDisruptionBudgets that select it. */
  readonly budgets: readonly Budget[];
}

export interface Budget {
  readonly name: string;
  /** Of as many pods as it stands for now. */
  readonly disruptionsAllowed: number;
}

/** What is asked for. */
export interface Wish {
  readonly workload: WorkloadId;
  readonly containers: readonly WishedContainer[];
  /** Also where the change restarts a container. */
  readonly restarts: boolean;
}

export interface WishedContainer {
  readonly name: string;
  /** Left out where nothing was set: it would be added. */
  readonly changes: readonly {
    readonly field: TriedContainer["changes"][number]["field"];
    readonly before: string | undefined;
    readonly after: string;
  }[];
}
