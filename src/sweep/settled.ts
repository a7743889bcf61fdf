import { markerName, type PlannedContainer } from "../proposals/evidence.ts";
import type { Marker } from "../proposals/marker.ts";

/** Why a hold says that there is nothing to do, rather than that nothing is known. */
const FINE = new Set(["right-sized", "change-too-small", "disabled", "ignored"]);

/**
 * The word with which a pull request is closed that nothing is proposed for any more; `undefined` as long as
 * any of its containers might only not have been seen this time.
 */
export function whySettled(marker: Marker, containers: readonly PlannedContainer[]): string | undefined {
  if (marker.reverts || marker.workloads.length === 0) return undefined;
  const byName = new Map(containers.map((one) => [markerName(one), one]));
  const found = marker.workloads.map((name) => byName.get(name));
  if (found.some((one) => one === undefined || !isFine(one))) return undefined;
  return "Nothing of this is left to do: what these containers ask for now is what they need. Closed.";
}

function isFine({ recommended, held, source }: PlannedContainer): boolean {
  if (source.status === "refused" || source.status === "ambiguous") return false;
  return recommended === null && held.every(({ code }) => FINE.has(code));
}
