import type { Proposal } from "./proposal.ts";
import { changeInCores, totalChange } from "./totals.ts";

/** What is asked for too little first, since it hurts; then what saves most. */
export function byUrgency(a: Proposal, b: Proposal): number {
  const [left, right] = [change(a), change(b)];
  if (left > 0 !== right > 0) return left > 0 ? -1 : 1;
  return Math.abs(right) - Math.abs(left);
}

function change({ containers }: Proposal): number {
  return changeInCores(totalChange(containers));
}
