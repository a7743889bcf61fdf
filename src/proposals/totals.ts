import { totalRequests, type Totals } from "../domain/totals.ts";
import type { Method, PlannedContainer } from "./evidence.ts";
import { plain } from "./markdown.ts";

export interface Change {
  readonly before: Totals;
  readonly after: Totals;
}

/** What containers ask for now, and would ask for. */
export function totalChange(containers: readonly PlannedContainer[]): Change {
  return {
    before: totalRequests(
      containers.map(({ current, replicas }) => ({ requests: current.requests, replicas })),
    ),
    after: totalRequests(
      containers.map(({ current, recommended, replicas }) => ({
        requests: (recommended ?? current).requests,
        replicas,
      })),
    ),
  };
}

/** A core is worth about as much as 4 GiB, as clouds sell them. */
const BYTES_PER_CORE = 4 * 2 ** 30;

/** CPU and memory together, in cores: more than nothing where more is asked for than before. */
export function changeInCores({ before, after }: Change): number {
  return after.cores - before.cores + (after.bytes - before.bytes) / BYTES_PER_CORE;
}

/** How much a container's requests move, whichever way, in cores of CPU and of memory. */
export function weight(container: PlannedContainer): number {
  const { before, after } = totalChange([container]);
  return Math.abs(after.cores - before.cores) + Math.abs(after.bytes - before.bytes) / BYTES_PER_CORE;
}

const GIB = 2 ** 30;

/** `−1.2 cores, +3.5 GiB, −12 EUR a month`; what does not change is left out, and money without prices. */
export function describeChange({ before, after }: Change, prices?: Method["prices"]): string {
  const cores = after.cores - before.cores;
  const gibibytes = (after.bytes - before.bytes) / GIB;
  const cost = prices && describeCost({ cores, bytes: after.bytes - before.bytes }, prices);
  const parts = [
    signed(cores, "cores"),
    signed(gibibytes, "GiB"),
    cost === undefined ? undefined : `${cost} a month`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(", ") : "no change in total";
}

/** `−12 EUR` of what more or less is asked for costs a month; `undefined` where that comes to nothing. */
export function describeCost(
  { cores, bytes }: Totals,
  { cpuCoreMonth, memoryGiMonth, currency }: NonNullable<Method["prices"]>,
): string | undefined {
  return signed(cores * cpuCoreMonth + (bytes / GIB) * memoryGiMonth, plain(currency));
}

function signed(difference: number, unit: string): string | undefined {
  const digits = Math.abs(difference) >= 10 ? 0 : Math.abs(difference) >= 1 ? 1 : 2;
  const text = Math.abs(difference).toFixed(digits);
  if (Number(text) === 0) return undefined;
  return `${difference < 0 ? "−" : "+"}${text} ${unit}`;
}
