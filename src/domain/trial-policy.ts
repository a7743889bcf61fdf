/** What a policy allows of trials: a pod of the workload gets the proposed values for a while. */
export interface TrialPolicy {
  /** Of one trial. */
  readonly longestSeconds: number;
  /** Also where the change of a resource restarts the container, by its `resizePolicy`. */
  readonly restarts: boolean;
}
