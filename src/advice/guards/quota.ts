import { RESOURCE_SIDES } from "../../domain/resources.ts";
import type { Bound, PlaceGuard } from "../guard.ts";
import { podAmount } from "../pod-amount.ts";
import { inPods, leftOf, podsOf } from "../quota-ledger.ts";
import { wholeBelow } from "../readable.ts";

/**
 * A raise in all pods that a ResourceQuota has no room for would keep pods from starting. What the containers of a
 * namespace take together is summed up once the advice for each is known.
 */
export const quota: PlaceGuard = ({ resource, workload, surroundings, current }) =>
  RESOURCE_SIDES.flatMap((side): Bound[] => {
    const { pods, beside } = podsOf(workload);
    const now = (side === "requests" ? current.request : current.limit) ?? 0;
    const besides = beside * podAmount(workload.containers, side, resource);
    return leftOf(surroundings.quotas, workload, side, resource).map(({ left, sentence }) => ({
      side,
      code: "quota",
      message: `${sentence}, for more in ${inPods(pods)}${beside > 0 ? " and what runs beside during an update" : ""}`,
      most: now + wholeBelow(resource, Math.max(0, left - besides) / pods),
    }));
  });
