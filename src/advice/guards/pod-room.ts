import { baseUnits } from "../../domain/quantity.ts";
import type { Reason } from "../../domain/reason.ts";
import { RESOURCE_SIDES, type ResourceName, type ResourceSide } from "../../domain/resources.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import type { Container, Workload } from "../../domain/workload.ts";
import type { PlaceGuard } from "../guard.ts";
import { podAmount } from "../pod-amount.ts";
import { isMore, wholeBelow } from "../readable.ts";

/** What all containers of a pod together may have, in cores or bytes, and why no more. */
interface Room extends Reason {
  readonly side: ResourceSide;
  readonly most: number;
}

/**
 * A pod that asks for more than a node has is never scheduled, and one of more than a LimitRange allows to pods never
 * made. What the pod's other containers ask for comes off.
 */
export const podRoom: PlaceGuard = ({ resource, container, workload, surroundings, current }) => {
  const others = workload.containers.filter(({ name, role }) => name !== container.name && role !== "init");
  return roomsOf(workload, surroundings, resource).map(({ side, most, code, message }) => {
    // What is there already is not taken back: it may be meant for a node to come.
    const now = (side === "requests" ? current.request : current.limit) ?? 0;
    const left = wholeBelow(resource, most - podAmount(others, side, resource));
    return { side, code, message, most: Math.max(now, left) };
  });
};

/** Why a pod that is raised in several containers has no room; `undefined` where it has, or had none before. */
export function overRoom(
  workload: Workload,
  surroundings: Surroundings,
  resource: ResourceName,
  after: readonly Container[],
): Reason | undefined {
  return roomsOf(workload, surroundings, resource).find(({ side, most }) =>
    isMore(podAmount(after, side, resource), Math.max(most, podAmount(workload.containers, side, resource))),
  );
}

/** A DaemonSet runs on all nodes, so that the smallest decides; anything else may find the largest. */
function roomsOf(
  { kind, namespace }: Workload,
  { nodes, containerRanges }: Surroundings,
  resource: ResourceName,
): Room[] {
  const everywhere = kind === "DaemonSet";
  const ofNodes = nodes.map((node) => (resource === "cpu" ? node.cores : node.bytes));
  const ofRanges = containerRanges.flatMap((range): Room[] => {
    const most = range.podMax?.[resource];
    if (most === undefined || range.namespace !== namespace) return [];
    const message = `the LimitRange "${range.name}" allows a pod no more than ${most}`;
    return RESOURCE_SIDES.map((side) => ({ side, code: "limit-range", message, most: baseUnits(most) }));
  });
  if (ofNodes.length === 0) return ofRanges;
  return [
    {
      side: "requests",
      code: "node-room",
      message: `the ${everywhere ? "smallest" : "largest"} node has no more room for it`,
      most: ofNodes.reduce((a, b) => (everywhere ? Math.min(a, b) : Math.max(a, b))),
    },
    ...ofRanges,
  ];
}
