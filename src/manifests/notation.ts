import { nanos, type Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";

/**
 * The new quantity in the notation of the old one, where that stays readable: `0.5` becomes `0.35`, not
 * `350m`. Anything else gets the canonical text.
 */
export function inNotationOf(old: string, quantity: Quantity, resource: ResourceName): string {
  if (resource !== "cpu" || !/^\d*\.\d+$/.test(old)) return quantity;
  const value = nanos(quantity);
  if (value === undefined || value % 1_000_000n !== 0n) return quantity;
  return String(Number(value / 1_000_000n) / 1000);
}
