import { z } from "zod";
import type { Parameters } from "./parameters.ts";
import { flattened } from "./parameters.ts";

export const selectorSchema = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z
    .array(
      z.looseObject({
        key: z.string(),
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

export type Selector = z.infer<typeof selectorSchema>;

/** A label selector, over the flattened parameters. */
export function selects({ matchLabels, matchExpressions }: Selector, parameters: Parameters): boolean {
  const labels = new Map(Object.entries(flattened(parameters)));
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labels.get(key) === value) &&
    (matchExpressions ?? []).every(({ key, operator, values }) => {
      const label = labels.get(key);
      switch (operator) {
        case "In":
          return label !== undefined && (values ?? []).includes(label);
        case "NotIn":
          return label === undefined || !(values ?? []).includes(label);
        case "Exists":
          return label !== undefined;
        case "DoesNotExist":
          return label === undefined;
      }
    })
  );
}
