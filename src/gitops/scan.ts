import type { Reason } from "../domain/reason.ts";
import type { ResourceField, Resources } from "../domain/resources.ts";
import type { ContainerRole, WorkloadKind } from "../domain/workload.ts";
import type { KeyPath } from "../manifests/key-path.ts";

/**
 * How sure it is that a field sets a number: `proven` by rendering, `probable` by convention, `ambiguous`
 * among several, `refused` for a reason, `unmapped` where no file was found.
 */
export type Certainty = "proven" | "probable" | "ambiguous" | "refused" | "unmapped";

/** A way in which files of a repository become objects of a cluster. */
export interface Recipe {
  /** Unique in its repository. */
  readonly id: string;
  readonly kind: "plain";
  /** The folder it stands in; empty for the root. */
  readonly path: string;
}

/** The place in a file that sets, or would set, one number of a container. */
export interface Field {
  readonly resource: ResourceField;
  readonly file: string;
  /** Which document of the file, from 0. */
  readonly document: number;
  readonly keyPath: KeyPath;
  /** Of the value, or where it is missing of the container; counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Whether the file sets the number now. */
  readonly present: boolean;
  /** Which kind of text it stands in: a manifest, a patch, a values file. */
  readonly layer: "manifest";
}

/** One container as a recipe renders it, and the fields that feed it. */
export interface ScannedContainer {
  readonly repository: string;
  readonly recipe: Recipe;
  readonly kind: WorkloadKind;
  readonly workload: string;
  /** Absent where the files do not say. */
  readonly namespace?: string;
  readonly container: string;
  readonly role: ContainerRole;
  readonly current: Resources;
  readonly status: "proven" | "probable";
  readonly reason?: Reason;
  readonly fields: Readonly<Record<ResourceField, Field>>;
}

/** What a repository declares. */
export interface Scan {
  readonly repository: string;
  readonly recipes: readonly Recipe[];
  readonly containers: readonly ScannedContainer[];
  /** Files that could hold workloads and can't be read, and why. */
  readonly refused: readonly Reason[];
}
