import { baseUnits, isQuantity, type Quantity } from "../../domain/quantity.ts";
import { resourceDays } from "../../usage/usage.ts";
import type { Strategy } from "../strategy.ts";
import { cpuNeed } from "./adaptive/cpu-need.ts";
import { memoryNeed } from "./adaptive/memory-need.ts";
import { type ProfileName, PROFILES } from "./adaptive/profile.ts";

/**
 * Loadline's own: CPU by what would have been cheapest in the last week, memory by the highest use and by how it
 * came to be; docs/adaptive.md tells how and what it was measured to be worth. All it remembers is in the usage
 * and in the current request.
 */
export function adaptive(profile: ProfileName = "balanced"): Strategy {
  const { cpu, memory } = PROFILES[profile];
  return {
    name: profile === "balanced" ? "adaptive" : `adaptive:${profile}`,
    need({ resource, usage, atMs, current: { request, limit } }) {
      const current = { request: amountOf(request), limit: amountOf(limit) };
      return resource === "cpu"
        ? cpuNeed(resourceDays(usage, "cpu"), atMs, current.request, cpu)
        : memoryNeed(usage, current, memory);
    },
  };
}

/** A request of nothing is none. */
function amountOf(quantity: Quantity | undefined): number | undefined {
  return quantity !== undefined && isQuantity(quantity) ? baseUnits(quantity) || undefined : undefined;
}
