import type { Reason } from "../domain/reason.ts";
import type { ResourceField, Resources } from "../domain/resources.ts";
import type { ContainerRole, WorkloadKind } from "../domain/workload.ts";
import type { Recipe } from "./recipe.ts";
import type { Place } from "./trace/place.ts";

/**
 * How sure it is that a field sets a number: `proven` by rendering, `probable` by convention, `ambiguous`
 * among several, `refused` for a reason, `unmapped` where no file was found.
 */
export type Certainty = "proven" | "probable" | "ambiguous" | "refused" | "unmapped";

/** Which kind of text a field stands in. */
export type LayerKind = "manifest" | "patch" | "values" | "chart-values" | "inline-values" | "parameter";

/** A container of a recipe, for saying what else a field feeds. */
export interface ContainerRef {
  readonly recipe: string;
  /** `Kind/namespace/name`, the namespace empty where none is known. */
  readonly workload: string;
  readonly container: string;
}

/** A place with everything that people and edits need to know of it. */
export interface FieldPlace extends Place {
  /** Of the value, or where it is missing of what should hold it; counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Whether the file sets the number now. */
  readonly present: boolean;
  /** What stands there now. */
  readonly text?: string;
  readonly layer: LayerKind;
  /** Every container that the place feeds, in all recipes. */
  readonly feeds: readonly ContainerRef[];
}

/** What sets, or would set, one number of a container. */
export type Field =
  | {
      readonly resource: ResourceField;
      readonly status: "proven" | "probable";
      readonly place: FieldPlace;
      readonly reason?: Reason;
    }
  | { readonly resource: ResourceField; readonly status: "refused"; readonly reason: Reason };

/** One container as a recipe renders it, and the fields that feed it. */
export interface ScannedContainer {
  readonly repository: string;
  readonly recipe: Recipe;
  readonly kind: WorkloadKind;
  readonly workload: string;
  /** Absent where nothing says. */
  readonly namespace?: string;
  readonly container: string;
  readonly role: ContainerRole;
  readonly current: Resources;
  readonly fields: Readonly<Record<ResourceField, Field>>;
}

/** What a repository declares. */
export interface Scan {
  readonly repository: string;
  /** Those with `refused` are recognised and not rendered. */
  readonly recipes: readonly Recipe[];
  readonly containers: readonly ScannedContainer[];
  /** How often a program rendered something. */
  readonly renders: number;
}

export function refOf({ recipe, kind, namespace, workload, container }: ScannedContainer): ContainerRef {
  return { recipe: recipe.id, workload: `${kind}/${namespace ?? ""}/${workload}`, container };
}

/** Where a number is, or would be, written; `undefined` where that is refused. */
export function placeOf(at: ScannedContainer, resource: ResourceField): FieldPlace | undefined {
  const field = at.fields[resource];
  return field.status === "refused" ? undefined : field.place;
}

/** The first place among a container's fields, for saying where it is written. */
export function anyPlace({ fields }: ScannedContainer): FieldPlace | undefined {
  return Object.values(fields).flatMap((field) => (field.status === "refused" ? [] : [field.place]))[0];
}
