import { baseUnits } from "../domain/quantity.ts";
import { RESOURCE_FIELDS, type Resources, splitField, withAmount } from "../domain/resources.ts";
import { workloadKey } from "../domain/workload.ts";
import type { Said } from "../proposals/marker.ts";
import type { AdvisedContainer } from "./advise-cluster.ts";

type SetEntry = NonNullable<Said["set"]>[number];

/**
 * The advice with the amounts that people set in pull requests, the last one winning. What the policy does not
 * allow has no effect, however it came into the marker.
 */
export function withSetAmounts(
  advised: readonly AdvisedContainer[],
  entries: readonly SetEntry[],
): readonly AdvisedContainer[] {
  if (entries.length === 0) return advised;
  return advised.map((one) => {
    const own = entries.filter(
      ({ container }) => container === `${workloadKey(one.workload)} ${one.container.name}`,
    );
    if (own.length === 0) return one;
    let wanted = one.advice.recommended ?? one.container.resources;
    for (const { amounts } of own)
      for (const field of RESOURCE_FIELDS) {
        const amount = amounts[field];
        if (amount !== undefined) wanted = withAmount(wanted, field, amount);
      }
    return isAllowed(wanted, one.policy.bounds)
      ? { ...one, advice: { ...one.advice, recommended: wanted } }
      : one;
  });
}

function isAllowed({ requests, limits }: Resources, bounds: AdvisedContainer["policy"]["bounds"]): boolean {
  return RESOURCE_FIELDS.every((field) => {
    const [side, resource] = splitField(field);
    const request = requests[resource];
    if (side === "limits" || request === undefined) return true;
    const [amount, limit] = [baseUnits(request), limits[resource]];
    return (
      amount >= baseUnits(bounds[resource].min) &&
      amount <= baseUnits(bounds[resource].max) &&
      (limit === undefined || amount <= baseUnits(limit))
    );
  });
}
