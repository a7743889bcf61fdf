import { z } from "zod";
import type { DisruptionBudget } from "../domain/workload.ts";
import type { ApiResource } from "./kubernetes-api.ts";
import { OBJECT_NAME } from "./kubernetes-names.ts";

export const BUDGETS: ApiResource = { group: "policy", version: "v1", plural: "poddisruptionbudgets" };

/** A PodDisruptionBudget, and which pods of its namespace it protects by their labels. */
export interface LiveBudget extends DisruptionBudget {
  readonly namespace: string;
  /** Evictions it allows now, of all its pods together. */
  readonly disruptionsAllowed: number;
  readonly selects: (labels: Readonly<Record<string, string>>) => boolean;
}

/** One whose status is behind its specification, or that can't be read, allows nothing. */
export function readBudget(item: unknown): LiveBudget | undefined {
  const { data } = Item.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const known = status.observedGeneration >= metadata.generation;
  const { desiredHealthy: mustStay, expectedPods: pods } = status;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    ...(known && mustStay !== undefined && pods !== undefined ? { counts: { mustStay, pods } } : {}),
    disruptionsAllowed: known ? status.disruptionsAllowed : 0,
    selects: (labels) => selects(spec.selector, labels),
  };
}

/** As Kubernetes has it: all of it holds, what is empty selects all, and what is not there selects nothing. */
function selects(selector: Selector | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (!selector) return false;
  const has = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => has(key) === value) &&
    selector.matchExpressions.every(({ key, operator, values }) => {
      const value = has(key);
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      return (value !== undefined && values.includes(value)) === (operator === "In");
    })
  );
}

const Selector = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
type Selector = z.output<typeof Selector>;

const count = z.int().min(0).optional().catch(undefined);

const Item = z.object({
  metadata: z.object({
    name: z.string().regex(OBJECT_NAME),
    namespace: z.string().regex(OBJECT_NAME),
    generation: z.int().catch(0),
  }),
  // One that is not understood protects every pod.
  spec: z.object({
    selector: Selector.optional().catch({ matchLabels: {}, matchExpressions: [] }),
  }),
  status: z
    .object({
      disruptionsAllowed: z.int().catch(0),
      observedGeneration: z.int().catch(-1),
      desiredHealthy: count,
      expectedPods: count,
    })
    .catch({ disruptionsAllowed: 0, observedGeneration: -1 }),
});
