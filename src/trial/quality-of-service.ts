import { baseUnits, type Quantity, sameQuantity } from "../domain/quantity.ts";
import { RESOURCE_NAMES, type Resources } from "../domain/resources.ts";

export type QualityOfService = "Guaranteed" | "Burstable" | "BestEffort";

/** The class that Kubernetes gives a pod whose containers, all of them, have these resources. */
export function qualityOfService(containers: readonly Resources[]): QualityOfService {
  const amounts = containers.flatMap(({ requests, limits }) => [requests, limits]);
  if (!amounts.some((side) => RESOURCE_NAMES.some((name) => isSome(side[name])))) return "BestEffort";
  const guaranteed = containers.every(({ requests, limits }) =>
    RESOURCE_NAMES.every(
      // A request that is left out is what the limit is.
      (name) => isSome(limits[name]) && sameQuantity(requests[name] ?? limits[name], limits[name]),
    ),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

/** To ask for nothing is not to ask. */
function isSome(quantity: Quantity | undefined): boolean {
  return quantity !== undefined && baseUnits(quantity) > 0;
}
