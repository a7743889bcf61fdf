import { z } from "zod";
import type { Rollout } from "../domain/rollout.ts";
import type { WorkloadKind } from "../domain/workload.ts";

/** How far a workload's controller says it is; `undefined` where it says nothing, or has no pods of its own. */
export function readRollout(kind: WorkloadKind, item: unknown): Rollout | undefined {
  const { data } = Item.safeParse(item);
  if (data === undefined || kind === "Job" || kind === "CronJob") return undefined;
  const { metadata, spec, status } = data;
  const observed = status.observedGeneration >= metadata.generation;
  if (kind === "DaemonSet") {
    const { desiredNumberScheduled: wanted, updatedNumberScheduled: updated } = status;
    const old = Math.max(0, status.currentNumberScheduled - updated);
    return { observed, wanted, updated, ready: status.numberReady, old };
  }
  const { updatedReplicas: updated, readyReplicas: ready, replicas } = status;
  return { observed, wanted: spec.replicas, updated, ready, old: Math.max(0, replicas - updated) };
}

const count = z.int().min(0).catch(0);

const Item = z.object({
  metadata: z.object({ generation: z.int() }),
  spec: z.object({ replicas: z.int().min(0).catch(1) }),
  status: z.object({
    // A Rollout's is a text.
    observedGeneration: z.coerce.number().catch(-1),
    replicas: count,
    updatedReplicas: count,
    readyReplicas: count,
    desiredNumberScheduled: count,
    updatedNumberScheduled: count,
    currentNumberScheduled: count,
    numberReady: count,
  }),
});
