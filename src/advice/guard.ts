import type { Reason } from "../domain/reason.ts";
import type { ResourceSide } from "../domain/resources.ts";
import type { Policy } from "./policy.ts";
import type { Situation } from "./situation.ts";

/** Why a resource is left alone, before its use is even looked at; `undefined` where it may go on. */
export type Gate = (situation: Situation) => Reason | undefined;

/** A bound on a request or a limit, in cores or bytes, and why it is there. */
export interface Bound extends Reason {
  readonly side: ResourceSide;
  readonly least?: number;
  readonly most?: number;
  /** Nothing is lowered below this least, whatever else bounds it from above. */
  readonly firm?: true;
}

/** Which bounds a situation sets. */
export type Guard = (situation: Situation) => readonly Bound[];

/** Where a container runs, whatever it used. */
export type Place = Pick<Situation, "resource" | "container" | "workload" | "surroundings" | "current"> & {
  readonly policy: Pick<Policy, "bounds">;
};

/** Which bounds a place sets. */
export type PlaceGuard = (place: Place) => readonly Bound[];

/** Bounds under which neither the request nor the limit falls. */
export function notLowered({ current }: Situation, reason: Reason): Bound[] {
  return [
    ...(current.request === undefined
      ? []
      : [{ ...reason, side: "requests" as const, least: current.request }]),
    ...(current.limit === undefined ? [] : [{ ...reason, side: "limits" as const, least: current.limit }]),
  ];
}
