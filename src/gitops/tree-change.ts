import type { Reason } from "../domain/reason.ts";
import type { ResourceField, Resources } from "../domain/resources.ts";
import type { LayerKind, ScannedContainer } from "./scan.ts";

/** The resources that one container of a scan shall have: a number that is left out goes. */
export interface ContainerChange {
  readonly at: ScannedContainer;
  readonly wanted: Resources;
  /** Where the number is shared with others: the kind of layer that is to set it for this recipe alone. */
  readonly layer?: LayerKind;
}

export interface ProvenField {
  readonly resource: ResourceField;
  readonly before: string | undefined;
  /** Undefined where the number is taken away. */
  readonly after: string | undefined;
}

/** What rendering before and after the edit showed. */
export interface Proof {
  readonly rendered: boolean;
  readonly changed: readonly ProvenField[];
}

export type ChangeResult =
  | {
      readonly change: ContainerChange;
      readonly status: "proven";
      readonly proof: Proof;
      readonly files: readonly string[];
    }
  | { readonly change: ContainerChange; readonly status: "unchanged" }
  | { readonly change: ContainerChange; readonly status: "refused"; readonly reason: Reason };

export interface FileChange {
  readonly path: string;
  /** Absent where the file is new. */
  readonly before?: string;
  readonly after: string;
}

/** Edits of one tree: those that are proven, applied together, and what became of each change. */
export interface TreeChange {
  readonly files: readonly FileChange[];
  readonly results: readonly ChangeResult[];
  readonly renders: number;
}
