import { baseUnits } from "../../domain/quantity.ts";
import { RESOURCE_SIDES } from "../../domain/resources.ts";
import type { Bound, PlaceGuard } from "../guard.ts";

/**
 * What the API server would refuse for any container of the namespace: amounts outside of a LimitRange, and a request
 * above the limit that it writes into a container without one.
 */
export const limitRange: PlaceGuard = ({ resource, workload, surroundings, current }) =>
  surroundings.containerRanges
    .filter(({ namespace }) => namespace === workload.namespace)
    .flatMap(({ name, min, max, defaultLimit }): Bound[] => {
      const [least, most] = [min[resource], max[resource]];
      const given = current.limit === undefined ? defaultLimit[resource] : undefined;
      const bound = (side: Bound["side"], what: string): Bound => {
        return { side, code: "limit-range", message: `the LimitRange "${name}" ${what}` };
      };
      const ofBoth = RESOURCE_SIDES.flatMap((side): Bound[] => [
        ...(least === undefined
          ? []
          : [
              {
                ...bound(side, `allows no less than ${least}`),
                least: baseUnits(least),
                firm: true as const,
              },
            ]),
        ...(most === undefined
          ? []
          : [{ ...bound(side, `allows no more than ${most}`), most: baseUnits(most) }]),
      ]);
      if (given === undefined) return ofBoth;
      return [...ofBoth, { ...bound("requests", `gives it a limit of ${given}`), most: baseUnits(given) }];
    });
