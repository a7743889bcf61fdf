/** What happened to a workload in a span of time: signs that it has too little, or asks for too much. */
export interface Signs {
  readonly seconds: number;
  /** By name. */
  readonly containers: ReadonlyMap<string, ContainerSigns>;
  /** The longest wait of one pod for a node. */
  readonly pendingSeconds: number;
  /** For how long an autoscaler of it could not go higher. */
  readonly atMaximumSeconds: number;
}

export interface ContainerSigns {
  readonly oomKills: number;
  /** Kills for lack of memory included. */
  readonly restarts: number;
  /** Of the CPU's bandwidth control. */
  readonly periods: number;
  readonly throttledPeriods: number;
}

/** A user's own number over time, before the merge and after it. */
export interface SignalReading {
  readonly name: string;
  readonly before: readonly number[];
  readonly after: readonly number[];
}
