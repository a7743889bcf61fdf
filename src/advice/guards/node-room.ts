import type { Reason } from "../../domain/reason.ts";
import type { ResourceName } from "../../domain/resources.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import type { Container, Workload } from "../../domain/workload.ts";
import type { Guard } from "../guard.ts";
import { podAmount } from "../pod-amount.ts";
import { wholeBelow } from "../readable.ts";

/**
 * A pod that asks for more than a node has is never scheduled. A DaemonSet runs on all nodes, so that the
 * smallest decides; anything else may find the largest. What the pod's other containers ask for comes off.
 */
export const nodeRoom: Guard = ({ resource, container, workload, surroundings, current }) => {
  const room = roomOf(workload, surroundings, resource);
  if (room === undefined) return [];
  const others = workload.containers.filter(({ name, role }) => name !== container.name && role !== "init");
  return [
    {
      side: "requests",
      ...reasonOf(workload),
      // What is there already is not taken back: it may be meant for a node to come.
      most: Math.max(
        current.request ?? 0,
        wholeBelow(resource, room - podAmount(others, "requests", resource)),
      ),
    },
  ];
};

/** Why a pod that is raised in several containers finds no node; `undefined` where it does, or found none before. */
export function overRoom(
  workload: Workload,
  surroundings: Surroundings,
  resource: ResourceName,
  after: readonly Container[],
): Reason | undefined {
  const room = roomOf(workload, surroundings, resource);
  const asked = podAmount(after, "requests", resource);
  const most = Math.max(room ?? asked, podAmount(workload.containers, "requests", resource));
  return asked > most ? reasonOf(workload) : undefined;
}

/** In cores or bytes; `undefined` where no nodes are known. */
function roomOf({ kind }: Workload, { nodes }: Surroundings, resource: ResourceName): number | undefined {
  const rooms = nodes.map((node) => (resource === "cpu" ? node.cores : node.bytes));
  if (rooms.length === 0) return undefined;
  return rooms.reduce((a, b) => (kind === "DaemonSet" ? Math.min(a, b) : Math.max(a, b)));
}

function reasonOf({ kind }: Workload): Reason {
  return {
    code: "node-room",
    message: `the ${kind === "DaemonSet" ? "smallest" : "largest"} node has no more room for it`,
  };
}
