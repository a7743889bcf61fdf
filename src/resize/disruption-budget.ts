import { z } from "zod";
import { OBJECT_NAME } from "../inventory/kubernetes-names.ts";
import type { Budget } from "../trial/situation.ts";

/** A PodDisruptionBudget, and which pods it protects by their labels. */
export interface ReadBudget extends Budget {
  readonly selects: (labels: Readonly<Record<string, string>>) => boolean;
}

/** One whose status is behind its specification, or that can't be read, allows nothing. */
export function readBudget(item: unknown): ReadBudget | undefined {
  const { data } = Item.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const known = status.observedGeneration >= metadata.generation;
  return {
    name: metadata.name,
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

const NOTHING_KNOWN = { disruptionsAllowed: 0, observedGeneration: 0 };

const Item = z.object({
  metadata: z.object({ name: z.string().regex(OBJECT_NAME), generation: z.int().catch(0) }),
  // One that is not understood protects every pod.
  spec: z.object({
    selector: Selector.optional().catch({ matchLabels: {}, matchExpressions: [] }),
  }),
  status: z
    .object({ disruptionsAllowed: z.int().catch(0), observedGeneration: z.int().catch(0) })
    .catch(NOTHING_KNOWN),
});
