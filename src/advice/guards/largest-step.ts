import { baseUnits } from "../../domain/quantity.ts";
import type { Bound, Guard } from "../guard.ts";
import { readable } from "../readable.ts";

/** A large change is made in several, each of which can be watched; what has too little is not kept waiting. */
export const largestStep: Guard = (situation) => {
  const { resource, current, policy } = situation;
  const { down, up } = policy.guards.largestStepPercent;
  const waits = !situation.starved;
  const step = (side: Bound["side"], amount: number | undefined): Bound[] => {
    if (amount === undefined || amount === 0) return [];
    const least = Math.min(amount, readable(resource, amount * (1 - down / 100)));
    return [
      { side, code: "largest-step", message: `one change lowers it by ${down} % at the most`, least },
      ...(waits && side === "requests"
        ? [
            {
              side,
              code: "largest-step",
              message: `one change raises it by ${up} % at the most`,
              most: Math.max(
                baseUnits(policy.bounds[resource].min),
                readable(resource, amount * (1 + up / 100)),
              ),
            },
          ]
        : []),
    ];
  };
  return [...step("requests", current.request), ...step("limits", current.limit)];
};
