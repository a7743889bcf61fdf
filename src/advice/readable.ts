import { cpuQuantity, exactMemoryQuantity, memoryQuantity, type Quantity } from "../domain/quantity.ts";
import type { ResourceName } from "../domain/resources.ts";

const MI = 2 ** 20;
const GI = 2 ** 30;

/** Below `under`, people write multiples of `step`: cores for CPU, bytes for memory. */
type Ladder = readonly { readonly under: number; readonly step: number }[];

const CPU_LADDER: Ladder = [
  { under: 0.1, step: 0.005 },
  { under: 1, step: 0.01 },
  { under: 4, step: 0.05 },
  { under: Number.POSITIVE_INFINITY, step: 0.25 },
];

const MEMORY_LADDER: Ladder = [
  { under: 128 * MI, step: 4 * MI },
  { under: GI, step: 16 * MI },
  { under: 4 * GI, step: 64 * MI },
  { under: Number.POSITIVE_INFINITY, step: 256 * MI },
];

/** The next value at or above `amount`, in cores or bytes, that a person would write. */
export function readable(resource: ResourceName, amount: number): number {
  return roundUp(amount, resource === "cpu" ? CPU_LADDER : MEMORY_LADDER);
}

/** An amount that may not grow, in the units that Kubernetes knows: whole millicores, whole MiB. */
export function wholeBelow(resource: ResourceName, amount: number): number {
  const unit = resource === "cpu" ? 0.001 : MI;
  return exact(Math.floor(Number((amount / unit).toFixed(6))) * unit);
}

/** 0.3, where floating point says 0.30000000000000004, is no more than 0.3. */
const HAIR = 1e-9;

/** Whether a sum of cores or bytes is more than there is. */
export function isMore(amount: number, most: number): boolean {
  return amount > most * (1 + HAIR);
}

/** Cores or bytes as they are written; fractions of the smallest unit are rounded up. */
export function quantityOf(resource: ResourceName, amount: number): Quantity {
  if (resource === "cpu") return cpuQuantity(amount);
  return amount % MI === 0 ? memoryQuantity(amount) : exactMemoryQuantity(amount);
}

/** The next value at or above `cores` that a person would write, so that tomorrow's advice is the same text. */
export function readableCpu(cores: number): Quantity {
  return cpuQuantity(roundUp(cores, CPU_LADDER));
}

/** The next value at or above `bytes` that a person would write. */
export function readableMemory(bytes: number): Quantity {
  return memoryQuantity(roundUp(bytes, MEMORY_LADDER));
}

function roundUp(value: number, ladder: Ladder): number {
  const step = ladder.find(({ under }) => value < under)?.step ?? 1;
  // A hair of tolerance, so that 0.35 computed in floating point does not become 0.36.
  return exact(Math.ceil(Number((value / step).toFixed(6))) * step);
}

/** 1.2, where floating point says 1.2000000000000002: equal amounts are to be equal numbers. */
function exact(amount: number): number {
  return Number(amount.toFixed(6));
}
