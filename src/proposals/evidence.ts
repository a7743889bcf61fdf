import type { Hold } from "../advice/advise.ts";
import type { Quantity } from "../domain/quantity.ts";
import type { Reason } from "../domain/reason.ts";
import type { ResourceName, Resources } from "../domain/resources.ts";
import type { TrialPolicy } from "../domain/trial-policy.ts";
import {
  type ContainerRole,
  type DisruptionBudget,
  workloadKey,
  type WorkloadId,
} from "../domain/workload.ts";
import type { LiveSource } from "../gitops/live/live-source.ts";
import type { Proof } from "../gitops/tree-change.ts";
import type { Certainty, ScannedContainer } from "../gitops/scan.ts";

/** What was measured of one resource over all pods of the window: cores or bytes. */
export interface UsageSummary {
  readonly samples: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  /** Days since 1970, ascending. */
  readonly days: readonly {
    readonly day: number;
    readonly median: number;
    readonly p95: number;
    readonly max: number;
  }[];
  /** The share of samples (0 to 1) above the request as it is, and as it is proposed. */
  readonly over: { readonly now: number | undefined; readonly proposed: number | undefined };
}

/** Where the numbers of a container are written, and what is known of that. */
export interface SourceEvidence {
  readonly status: Certainty;
  readonly reason?: Reason;
  readonly at?: ScannedContainer;
  /** From where it comes as the GitOps tools of the cluster tell, where anything is known of them. */
  readonly live?: LiveSource;
  /** Set where an edit of the file was proven. */
  readonly proof?: Proof;
  /** The files that the proven edit changes. */
  readonly files?: readonly string[];
}

/** One container of a cluster with everything that was found out about it. */
export interface PlannedContainer {
  readonly cluster: string;
  readonly workload: WorkloadId;
  readonly replicas: number | undefined;
  /** Left out where there are none, or none are known. */
  readonly disruptionBudgets?: readonly DisruptionBudget[];
  readonly container: string;
  readonly role: ContainerRole;
  readonly current: Resources;
  /** Null where nothing is to change. */
  readonly recommended: Resources | null;
  readonly held: readonly Hold[];
  /** What decided, in a sentence, for each resource that changes. */
  readonly because: readonly { readonly resource: ResourceName; readonly sentence: string }[];
  /** Guards that decided over what use alone would ask. */
  readonly guarded: readonly Hold[];
  /** Why something is raised without delay. */
  readonly urgent: readonly Hold[];
  /** How likely the advice holds for a week, 0 to 1. */
  readonly confidence: number;
  readonly confidenceLevel: "low" | "medium" | "high";
  /** Which policy decided, and why that one. */
  readonly policy: {
    readonly name: string;
    readonly because: string;
    readonly mode: "auto" | "recommend" | "disabled";
    readonly bounds: Readonly<Record<ResourceName, { readonly min: Quantity; readonly max: Quantity }>>;
    /** Left out where no trials are allowed. */
    readonly trial?: TrialPolicy;
  };
  /** Left out for a resource that was not measured. */
  readonly usage: {
    readonly cpu?: UsageSummary | undefined;
    readonly memory?: UsageSummary | undefined;
  };
  readonly source: SourceEvidence;
}

/** How the recommendations came about, for people who read them. */
export interface Method {
  /** Such as `14d`. */
  readonly window: string;
  /** What requests cost a month, where the policy says so. */
  readonly prices?: {
    readonly cpuCoreMonth: number;
    readonly memoryGiMonth: number;
    readonly currency: string;
  };
}

/** As the hidden markers of pull requests name a container. */
export function markerName({
  cluster,
  workload,
  container,
}: Pick<PlannedContainer, "cluster" | "workload" | "container">): string {
  return `${cluster} ${workloadKey(workload)} ${container}`;
}
