import { workloadKey } from "../domain/workload.ts";
import { isHeard, remember } from "./change-pull.ts";
import { NEEDS_PULL, type OrderContext, ownProposal } from "./order.ts";
import { refresh } from "./refresh.ts";

/** A pull request of its own for each workload; this one keeps the first. */
export async function split(context: OrderContext): Promise<string> {
  const { pull, sweeper, order } = context;
  if (!pull?.marker) return NEEDS_PULL;
  if (!isHeard(pull.marker.said ?? {}, order)) {
    const proposal = ownProposal(context, await sweeper.plan());
    const workloads = new Set(proposal?.containers.map(({ workload }) => workloadKey(workload)));
    const [first, ...others] = workloads;
    if (first === undefined || others.length === 0)
      return "There is only one workload in this pull request, so that there is nothing to split.";
    await remember(context, (said) => ({ ...said, only: [first] }));
  }
  return `Split by workload; this one keeps the first.\n\n${await refresh(context)}`;
}
