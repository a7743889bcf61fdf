import { baseUnits, isQuantity, type Quantity } from "../../domain/quantity.ts";
import { resourceDays } from "../../usage/usage.ts";
import { type Strategy, throughDay } from "../strategy.ts";
import { cpuNeeds } from "./adaptive/cpu-need.ts";
import { memoryNeed } from "./adaptive/memory-need.ts";
import { type ProfileName, PROFILES } from "./adaptive/profile.ts";

/**
 * Loadline's own: CPU by what would have been cheapest in the last week, memory by the highest use and by how it
 * came to be; docs/adaptive.md tells how and what it was measured to be worth. All it remembers is in the usage
 * and in the current request.
 */
export function adaptive(profile: ProfileName = "balanced"): Strategy {
  const { cpu, memory } = PROFILES[profile];
  const needAt: Required<Strategy>["needAt"] = ({ resource, usage }) => {
    if (resource === "memory")
      return ({ lastDay, current: { request, limit } }) =>
        memoryNeed(
          throughDay(usage, lastDay),
          { request: amountOf(request), limit: amountOf(limit) },
          memory,
        );
    const needs = cpuNeeds(resourceDays(usage, "cpu"), cpu);
    return ({ atMs, lastDay, current }) => needs(atMs, amountOf(current.request), lastDay);
  };
  return {
    name: profile === "balanced" ? "adaptive" : `adaptive:${profile}`,
    need: ({ resource, usage, ...moment }) => needAt({ resource, usage })(moment),
    needAt,
  };
}

/** A request of nothing is none. */
function amountOf(quantity: Quantity | undefined): number | undefined {
  return quantity !== undefined && isQuantity(quantity) ? baseUnits(quantity) || undefined : undefined;
}
