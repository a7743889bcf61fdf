import { baseUnits, cpuQuantity, exactMemoryQuantity, nanos, type Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";

/** Text that YAML reads as itself: `1e3`, `1.50` and `+1` come back as other text. */
const READS_AS_WRITTEN = /^(?:0|[1-9]\d*)(?:\.\d*[1-9])?(?:[numkMGTPE]|[KMGTPE]i)?$/;

/**
 * The new quantity in the notation of the old one, where that stays readable: `0.5` becomes `0.35`, not
 * `350m`. Anything else gets the canonical text.
 */
export function inNotationOf(old: string, quantity: Quantity, resource: ResourceName): string {
  const value = nanos(quantity);
  if (value === undefined) return quantity;
  if (resource === "cpu" && /^\d*\.\d+$/.test(old) && value % 1_000_000n === 0n)
    return String(Number(value / 1_000_000n) / 1000);
  if (READS_AS_WRITTEN.test(quantity)) return quantity;
  return resource === "cpu" ? cpuQuantity(baseUnits(quantity)) : exactMemoryQuantity(baseUnits(quantity));
}
