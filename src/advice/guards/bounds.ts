import { baseUnits } from "../../domain/quantity.ts";
import type { PlaceGuard } from "../guard.ts";

export const bounds: PlaceGuard = ({ resource, policy }) => {
  const { min, max } = policy.bounds[resource];
  return [
    { side: "requests", code: "bounds", message: `the policy's least is ${min}`, least: baseUnits(min) },
    { side: "requests", code: "bounds", message: `the policy's most is ${max}`, most: baseUnits(max) },
  ];
};
