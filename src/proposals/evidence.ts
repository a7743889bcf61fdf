import type { Hold } from "../advice/advise.ts";
import type { Reason } from "../domain/reason.ts";
import type { Resources } from "../domain/resources.ts";
import type { ContainerRole, WorkloadId } from "../domain/workload.ts";
import type { Proof } from "../gitops/tree-change.ts";
import type { Certainty, ScannedContainer } from "../gitops/scan.ts";

/** What was measured of one resource: cores or bytes. */
export interface UsageSummary {
  readonly percentile: number;
  readonly max: number;
  readonly samples: number;
}

/** Where the numbers of a container are written, and what is known of that. */
export interface SourceEvidence {
  readonly status: Certainty;
  readonly reason?: Reason;
  readonly at?: ScannedContainer;
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
  readonly container: string;
  readonly role: ContainerRole;
  readonly current: Resources;
  /** Null where nothing is to change. */
  readonly recommended: Resources | null;
  readonly held: readonly Hold[];
  readonly confidence: number;
  readonly usage?: { readonly cpu: UsageSummary; readonly memory: UsageSummary };
  readonly source: SourceEvidence;
}

/** How the recommendations came about, for people who read them. */
export interface Method {
  readonly window: string;
  readonly percentile: number;
  readonly safetyFactor: { readonly cpu: number; readonly memory: number };
}
