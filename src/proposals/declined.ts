import { baseUnits } from "../domain/quantity.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import type { Marker } from "./marker.ts";

/** What was declined is offered again where a number of it is now so much of another, in percent. */
const SIGNIFICANT_PERCENT = 25;

/** Whether somebody who declined the one would decline the other: for the same containers, about the same values. */
export function isAsDeclined(declined: Marker, now: Marker): boolean {
  if (declined.fingerprint === now.fingerprint) return true;
  const { proposed: before, ...rest } = declined;
  if (!before || !now.proposed || rest.workloads.length === 0) return false;
  return Object.entries(now.proposed).every(([container, amounts]) =>
    RESOURCE_FIELDS.every((field) => {
      const [old, wanted] = [before[container]?.[field], amounts[field]];
      if (wanted === undefined) return true;
      if (old === undefined) return false;
      const [from, to] = [baseUnits(old), baseUnits(wanted)];
      return Math.abs(to - from) <= (Math.max(from, to) * SIGNIFICANT_PERCENT) / 100;
    }),
  );
}
