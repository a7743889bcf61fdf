import { z } from "zod";
import { baseUnits } from "../domain/quantity.ts";
import type { ContainerRange, NodeRoom, Quota, Surroundings } from "../domain/surroundings.ts";
import { type Note, readAmounts } from "./kubernetes-amounts.ts";
import type { InventoryLists } from "./kubernetes-inventory-lists.ts";
import { type Look, lookFor } from "./kubernetes-lists.ts";
import { OBJECT_NAME } from "./kubernetes-names.ts";

/** Nodes belong to no namespace, and are asked for whatever the scopes. */
export async function lookForSurroundings(
  look: Look,
  lists: Pick<InventoryLists, "nodes" | "ranges" | "quotas">,
): Promise<Surroundings> {
  const [nodes, ranges, quotas] = await Promise.all([
    lookFor({ ...look, scopes: [undefined] }, lists.nodes),
    lookFor(look, lists.ranges),
    lookFor(look, lists.quotas),
  ]);
  return { nodes: nodes.found, containerRanges: ranges.found.flat(), quotas: quotas.found };
}

/** What a node has for pods; `undefined` where none are scheduled on it. */
export function readNode(item: unknown, note: Note): NodeRoom | undefined {
  const { data } = NodeItem.safeParse(item);
  if (data === undefined || data.spec.unschedulable) return undefined;
  const { name } = data.metadata;
  const { cpu, memory } = readAmounts(data.status.allocatable, `Node/${name}: allocatable`, note);
  if (cpu === undefined || memory === undefined) return undefined;
  return { name, cores: baseUnits(cpu), bytes: baseUnits(memory) };
}

/** What a LimitRange demands of containers, and allows to pods; volume claims are none of ours. */
export function readRanges(item: unknown, note: Note): ContainerRange[] | undefined {
  const { data } = LimitRangeItem.safeParse(item);
  return data?.spec.limits.flatMap((written): ContainerRange[] => {
    const limit = Limit.safeParse(written).data;
    if (limit === undefined) return [];
    const { name, namespace } = data.metadata;
    const amounts = (side: "min" | "max" | "default" | "maxLimitRequestRatio") =>
      readAmounts(limit[side], `LimitRange/${namespace}/${name}: ${side}`, note);
    if (limit.type === "Pod") {
      const nothing = { min: {}, max: {}, defaultLimit: {}, maxLimitRequestRatio: {} };
      return [{ namespace, name, ...nothing, podMax: amounts("max") }];
    }
    return [
      {
        namespace,
        name,
        min: amounts("min"),
        max: amounts("max"),
        defaultLimit: amounts("default"),
        maxLimitRequestRatio: amounts("maxLimitRequestRatio"),
      },
    ];
  });
}

/**
 * A ResourceQuota that bounds CPU or memory. One with scopes is taken for one of all pods: rather a change too
 * few than pods that are not created.
 */
export function readQuota(item: unknown, note: Note): Quota | undefined {
  const { data } = QuotaItem.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, status } = data;
  const sides = (part: "hard" | "used") => {
    const whose = `ResourceQuota/${metadata.namespace}/${metadata.name}: ${part}`;
    const { cpu, memory } = status[part];
    const side = (name: "requests" | "limits", plain: object) =>
      readAmounts({ ...plain, ...resourcesOf(status[part], name) }, `${whose} ${name}`, note);
    // A plain `cpu` is another word for `requests.cpu`.
    return { requests: side("requests", { cpu, memory }), limits: side("limits", {}) };
  };
  const hard = sides("hard");
  const bounds = Object.keys({ ...hard.requests, ...hard.limits }).length > 0;
  return bounds ? { ...metadata, hard, used: sides("used") } : undefined;
}

/** `requests.cpu` and `requests.memory` without their prefix. */
function resourcesOf(list: Readonly<Record<string, unknown>>, side: string): Record<string, unknown> {
  const prefix = `${side}.`;
  return Object.fromEntries(
    Object.entries(list).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

const Name = z.string().regex(OBJECT_NAME);
const Written = z.record(z.string(), z.unknown()).catch({});

const NodeItem = z.object({
  metadata: z.object({ name: Name }),
  spec: z.object({ unschedulable: z.boolean().catch(false) }).catch({ unschedulable: false }),
  status: z.object({ allocatable: Written }),
});

const LimitRangeItem = z.object({
  metadata: z.object({ name: Name, namespace: Name }),
  spec: z.object({ limits: z.array(z.unknown()) }),
});

const Limit = z.object({
  type: z.enum(["Container", "Pod"]),
  min: Written,
  max: Written,
  default: Written,
  maxLimitRequestRatio: Written,
});

const QuotaItem = z.object({
  metadata: z.object({ name: Name, namespace: Name }),
  status: z.object({ hard: Written, used: Written }),
});
