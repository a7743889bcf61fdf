import type { Reason } from "../domain/reason.ts";
import { type ResourceField, splitField } from "../domain/resources.ts";
import type { Place } from "./guard.ts";
import { bounds } from "./guards/bounds.ts";
import { limitRange } from "./guards/limit-range.ts";
import { podRoom } from "./guards/pod-room.ts";
import { quota } from "./guards/quota.ts";
import { isMore } from "./readable.ts";
import { currentOf } from "./situation.ts";

/** Why a container may not have so much, in cores or bytes, where it runs, whatever it uses; `undefined` where it may. */
export function overCeiling(
  place: Omit<Place, "resource" | "current">,
  field: ResourceField,
  amount: number,
): Reason | undefined {
  const [side, resource] = splitField(field);
  const there = { ...place, resource, current: currentOf(place.container.resources, resource) };
  return [bounds, limitRange, podRoom, quota]
    .flatMap((guard) => guard(there))
    .find(({ side: its, most }) => its === side && most !== undefined && isMore(amount, most));
}
