import { baseUnits } from "../../domain/quantity.ts";
import { amountOf, RESOURCE_SIDES } from "../../domain/resources.ts";
import type { Bound, Guard } from "../guard.ts";

/** What was too little is left behind by a fifth, but nothing is raised only to get away from it. */
const FACTOR = 1.2;

/** What made things worse once is not proposed again. */
export const floor: Guard = ({ resource, container, tooLittle = {}, current }) =>
  RESOURCE_SIDES.flatMap((side): Bound[] => {
    const written = tooLittle[`${side}.${resource}`];
    if (written === undefined) return [];
    const amount = baseUnits(written);
    const own = amountOf(container.resources, `${side}.${resource}`);
    const now = own === undefined ? (side === "requests" ? current.request : undefined) : baseUnits(own);
    const least = now !== undefined && now > amount ? Math.min(amount * FACTOR, now) : amount * FACTOR;
    return [
      { side, code: "floor", message: `${written} was too little when it was tried`, least, firm: true },
    ];
  });
