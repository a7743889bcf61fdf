import { markerName } from "./evidence.ts";
import { type Grouping, USUAL_GROUPING } from "../domain/grouping.ts";
import type { Marker } from "./marker.ts";
import type { Proposal } from "./proposal.ts";

/**
 * The word with which a pull request is closed whose branch nothing is proposed for any more, since others take its
 * place: it was grouped otherwise, or what it changes is proposed on another branch now.
 */
export function whySuperseded(
  marker: Marker,
  grouping: Grouping,
  proposals: readonly Proposal[],
): string | undefined {
  if (marker.reverts || marker.workloads.length === 0) return undefined;
  if ((marker.group ?? USUAL_GROUPING) !== grouping)
    return `There is one pull request for each ${grouping} now, and what this one proposed comes with those. Closed.`;
  const other = proposals.find((proposal) => overlaps(marker, proposal));
  return other && `What this proposed is now proposed on the branch \`${other.branch}\`. Closed.`;
}

/** Whether a person said something to a pull request that would be lost with it. */
export function isSpokenFor({ said }: Marker): boolean {
  return (said?.set ?? []).length > 0 || said?.approved !== undefined;
}

/** Whether a pull request changes a container of a proposal. */
export function overlaps({ workloads, reverts }: Marker, proposal: Proposal): boolean {
  const own = new Set(workloads);
  return reverts === undefined && proposal.containers.some((one) => own.has(markerName(one)));
}
