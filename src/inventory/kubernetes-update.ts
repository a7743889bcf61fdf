import { z } from "zod";
import type { WorkloadKind } from "../domain/workload.ts";

/**
 * How many pods an update has to start before it may stop one, of so many, by the strategy that an object's `spec`
 * says; `undefined` where it says none.
 */
export function podsBesideUpdate(kind: WorkloadKind, spec: unknown, pods: number): number | undefined {
  const { strategy = {}, updateStrategy = {} } = Strategies.safeParse(spec).data ?? {};
  switch (kind) {
    case "Deployment":
      return strategy.type === "Recreate" ? 0 : besideRolling(strategy.rollingUpdate, pods);
    case "Rollout":
      // A whole second set stands beside the first until traffic is switched.
      return strategy.blueGreen === undefined ? besideRolling(strategy.canary, pods) : pods;
    case "DaemonSet":
      return besideRolling(updateStrategy.rollingUpdate, pods);
    case "StatefulSet":
    case "Job":
    case "CronJob":
      return undefined;
  }
}

/**
 * Where a pod may be missing, one is stopped first; else one more has to be started. Where none may be, one is stopped
 * though the share that may be missing is less than a whole one.
 */
function besideRolling(rolling: z.output<typeof Rolling>, pods: number): number | undefined {
  if (rolling === undefined) return undefined;
  const { maxUnavailable, maxSurge } = rolling;
  const noneMore = maxSurge !== undefined && podsIn(maxSurge, pods) === 0;
  return noneMore || podsIn(maxUnavailable, pods) >= 1 ? 0 : 1;
}

function podsIn(share: z.output<typeof Share>, pods: number): number {
  return typeof share === "number" ? share : (Number(share.slice(0, -1)) * pods) / 100;
}

const Share = z.union([z.number(), z.string().regex(/^\d{1,3}%$/)]);
const Rolling = z
  .object({ maxUnavailable: Share, maxSurge: Share.optional().catch(undefined) })
  .optional()
  .catch(undefined);

const Strategies = z.object({
  strategy: z
    .object({
      type: z.string().optional().catch(undefined),
      rollingUpdate: Rolling,
      canary: Rolling,
      blueGreen: z.object({}).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  updateStrategy: z.object({ rollingUpdate: Rolling }).optional().catch(undefined),
});
