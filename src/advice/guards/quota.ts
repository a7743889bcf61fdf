import { baseUnits } from "../../domain/quantity.ts";
import { RESOURCE_SIDES } from "../../domain/resources.ts";
import type { Bound, Guard } from "../guard.ts";
import { wholeBelow } from "../readable.ts";

/** A raise in all replicas that a ResourceQuota has no room for would keep pods from starting. */
export const quota: Guard = ({ resource, workload, surroundings, current }) =>
  surroundings.quotas
    .filter(({ namespace }) => namespace === workload.namespace)
    .flatMap(({ name, hard, used }) =>
      RESOURCE_SIDES.flatMap((side): Bound[] => {
        const most = hard[side][resource];
        if (most === undefined) return [];
        const left = Math.max(0, baseUnits(most) - baseUnits(used[side][resource] ?? "0"));
        const now = (side === "requests" ? current.request : current.limit) ?? 0;
        return [
          {
            side,
            code: "quota",
            message: `the ResourceQuota "${name}" leaves too little for more in each of ${workload.replicas ?? 1} pods`,
            most: now + wholeBelow(resource, left / Math.max(1, workload.replicas ?? 1)),
          },
        ];
      }),
    );
