import type { Proposal } from "./proposal.ts";
import { changeInCores, totalChange } from "./totals.ts";

/**
 * What was killed or throttled first, since it hurts; then what asks for too little as a whole; then what saves. Of
 * those the largest first.
 */
export function byUrgency(a: Proposal, b: Proposal): number {
  const [left, right] = [change(a), change(b)];
  const byRank = rank(a, left) - rank(b, right);
  if (byRank !== 0) return byRank;
  const bySize = Math.abs(right) - Math.abs(left);
  // The same in every sweep.
  return bySize === 0 ? (a.branch < b.branch ? -1 : 1) : bySize;
}

function rank({ containers }: Proposal, change: number): number {
  if (containers.some(({ urgent }) => urgent.length > 0)) return 0;
  return change > 0 ? 1 : 2;
}

function change({ containers }: Proposal): number {
  return changeInCores(totalChange(containers));
}
