import type { Proposal } from "./proposal.ts";
import { totalChange } from "./totals.ts";

/** A core is worth about as much as 4 GiB, as clouds sell them. */
const BYTES_PER_CORE = 4 * 2 ** 30;

/** What is asked for too little first, since it hurts; then what saves most. */
export function byUrgency(a: Proposal, b: Proposal): number {
  const [left, right] = [change(a), change(b)];
  if (left > 0 !== right > 0) return left > 0 ? -1 : 1;
  return Math.abs(right) - Math.abs(left);
}

/** In cores: more than nothing where the proposal as a whole raises. */
function change({ containers }: Proposal): number {
  const { before, after } = totalChange(containers);
  return after.cores - before.cores + (after.bytes - before.bytes) / BYTES_PER_CORE;
}
