import type { ResourceField } from "../../domain/resources.ts";
import type { FieldWriter } from "../../domain/workload.ts";

/** What merging a change would not do, would undo, or would do later than one thinks. */
export interface MergeEffect {
  readonly code:
    | "undoes"
    | "written-again"
    | "kept-by-sync"
    | "not-noticed"
    | "not-reconciled"
    | "manual-sync"
    | "suspended"
    | "sync-window";
  readonly message: string;
  /** The numbers that it concerns. */
  readonly fields: readonly ResourceField[];
  /** Merging would have no lasting effect on these numbers. */
  readonly pointless: boolean;
  /** Who wrote them last, where it is not the GitOps tool. */
  readonly writer?: Pick<FieldWriter, "manager" | "atMs">;
}
