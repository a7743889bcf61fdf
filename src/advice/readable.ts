import { cpuQuantity, memoryQuantity, type Quantity } from "../domain/quantity.ts";

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
  return Math.ceil(Number((value / step).toFixed(6))) * step;
}
