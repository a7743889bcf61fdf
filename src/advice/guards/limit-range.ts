import { baseUnits, type Quantity } from "../../domain/quantity.ts";
import { RESOURCE_SIDES } from "../../domain/resources.ts";
import type { Bound, Guard } from "../guard.ts";

/** What the API server would refuse for any container of the namespace. */
export const limitRange: Guard = ({ resource, workload, surroundings }) =>
  surroundings.containerRanges
    .filter(({ namespace }) => namespace === workload.namespace)
    .flatMap((range) => {
      const bound = (kind: "least" | "most", given: Quantity | undefined): Bound[] =>
        given === undefined
          ? []
          : RESOURCE_SIDES.map((side) => ({
              side,
              code: "limit-range",
              message: `the LimitRange "${range.name}" allows ${kind === "least" ? "no less" : "no more"} than ${given}`,
              [kind]: baseUnits(given),
              ...(kind === "least" ? { firm: true as const } : {}),
            }));
      return [...bound("least", range.min[resource]), ...bound("most", range.max[resource])];
    });
