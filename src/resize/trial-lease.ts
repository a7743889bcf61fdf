import { createHash } from "node:crypto";
import { z } from "zod";
import { OBJECT_NAME } from "../inventory/kubernetes-names.ts";
import type { KeptTrial } from "../trial/trial-cluster.ts";
import { readTrial, type Trial, writeTrial } from "../trial/trial.ts";

/** What tells the Leases of trials from others. */
export const TRIAL_LABEL = "loadline.dev/trial";

/** One a workload: who creates it first has the trial. */
function leaseName({ workload }: Pick<Trial, "workload">): string {
  return `loadline-trial-${createHash("sha256").update(workload).digest("hex").slice(0, 20)}`;
}

export interface Holding {
  readonly holder: string;
  readonly untilMs: number;
  readonly nowMs: number;
}

/**
 * A Lease that can't be deleted before the pod is put back, unless it is given without finalizers. `kept`: the state
 * of it that it replaces.
 */
export function leaseOf(
  trial: Trial,
  namespace: string,
  { holder, untilMs, nowMs }: Holding,
  kept?: KeptTrial,
  finalizers: readonly string[] = [TRIAL_LABEL],
): object {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: leaseName(trial),
      namespace,
      labels: { "app.kubernetes.io/managed-by": "loadline", [TRIAL_LABEL]: "true" },
      annotations: { [TRIAL_LABEL]: writeTrial(trial) },
      finalizers,
      ...(kept ? { uid: kept.uid, resourceVersion: kept.version } : {}),
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.max(1, Math.ceil((untilMs - nowMs) / 1000)),
      acquireTime: kept?.writtenSince || microTime(nowMs),
      renewTime: microTime(nowMs),
    },
  };
}

/** `undefined` for a Lease that keeps no trial of this version. */
export function readLease(item: unknown): KeptTrial | undefined {
  const { data } = Lease.safeParse(item);
  const trial = data && readTrial(data.metadata.annotations[TRIAL_LABEL] ?? "");
  if (!data || !trial || data.metadata.name !== leaseName(trial)) return undefined;
  const { metadata, spec } = data;
  return {
    trial,
    name: metadata.name,
    uid: metadata.uid,
    version: metadata.resourceVersion,
    deleted: metadata.deletionTimestamp !== undefined,
    holder: spec.holderIdentity,
    heldUntilMs: (Date.parse(spec.renewTime) || 0) + spec.leaseDurationSeconds * 1000,
    writtenSince: spec.acquireTime,
  };
}

/** Kubernetes wants all six digits. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, "000Z");
}

const Lease = z.object({
  metadata: z.object({
    name: z.string().regex(OBJECT_NAME),
    uid: z.string(),
    resourceVersion: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()),
  }),
  spec: z.object({
    holderIdentity: z.string().catch(""),
    leaseDurationSeconds: z.int().catch(0),
    acquireTime: z.string().catch(""),
    renewTime: z.string().catch(""),
  }),
});
