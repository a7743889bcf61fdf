import { baseUnits } from "../../domain/quantity.ts";
import type { Guard } from "../guard.ts";
import { wholeBelow } from "../readable.ts";

/**
 * A pod that asks for more than a node has is never scheduled. A DaemonSet runs on all nodes, so that the
 * smallest decides; anything else may find the largest. What the pod's other containers ask for comes off.
 */
export const nodeRoom: Guard = ({ resource, container, workload, surroundings, current }) => {
  const rooms = surroundings.nodes.map((node) => (resource === "cpu" ? node.cores : node.bytes));
  if (rooms.length === 0) return [];
  const everywhere = workload.kind === "DaemonSet";
  const room = rooms.reduce((a, b) => (everywhere ? Math.min(a, b) : Math.max(a, b)));
  const others = workload.containers
    .filter(({ name, role }) => name !== container.name && role !== "init")
    .reduce((sum, { resources: { requests, limits } }) => {
      return sum + baseUnits(requests[resource] ?? limits[resource] ?? "0");
    }, 0);
  return [
    {
      side: "requests",
      code: "node-room",
      message: `the ${everywhere ? "smallest" : "largest"} node has no more room for it`,
      // What is there already is not taken back: it may be meant for a node to come.
      most: Math.max(current.request ?? 0, wholeBelow(resource, room - others)),
    },
  ];
};
