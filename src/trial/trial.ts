import { z } from "zod";
import { isQuantity } from "../domain/quantity.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import { parseWorkloadKey } from "../domain/workload.ts";

/** How a trial came to its end. */
export const ENDINGS = [
  /** Its time was over. */
  "held",
  /** Its time was over before the node gave the pod the values. */
  "not-taken-up",
  "oom-killed",
  "restarted",
  "not-ready",
  /** It became the only ready pod of its controller. */
  "alone",
  /** The node can't give the values to this pod, ever. */
  "infeasible",
  /** The node has no room for them now. */
  "deferred",
  "gone",
  /** Somebody else changed the pod's values. */
  "interfered",
  /** The API server would not resize the pod. */
  "refused",
  /** A person ended it: by a command, by closing the pull request, by deleting what keeps it. */
  "stopped",
] as const;
export type Ending = (typeof ENDINGS)[number];

const quantity = z.string().refine(isQuantity);
/** Of an object in a cluster: it becomes part of a path there. */
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);

const changeSchema = z.strictObject({ field: z.enum(RESOURCE_FIELDS), before: quantity, after: quantity });

const containerSchema = z.strictObject({
  name: objectName,
  role: z.enum(["main", "sidecar"]),
  /** What differs between the two sizes. */
  changes: z.array(changeSchema).min(1),
  /** How often it had been restarted before. */
  restarts: z.int().min(0),
  /** The change restarts it once. */
  restartsByResize: z.boolean(),
});

/**
 * All that has to be known to put a pod back and to say what was seen. It is written down before the pod is
 * touched, and every step of it before the next one is done.
 */
const trialSchema = z.strictObject({
  version: z.literal(1),
  /** `Kind/namespace/name`. */
  workload: z.string().refine((text) => {
    const id = parseWorkloadKey(text);
    return id !== undefined && [id.namespace, id.name].every((name) => objectName.safeParse(name).success);
  }),
  pod: z.strictObject({ name: objectName, uid: z.string() }),
  containers: z.array(containerSchema).min(1),
  /** owner/name, and the pull request in which it was asked for. */
  repository: z.string(),
  pull: z.int(),
  by: z.string(),
  /** The fingerprint of what is proposed there. */
  evidence: z.string(),
  startedAt: z.iso.datetime(),
  until: z.iso.datetime(),
  /** When the node was seen to have given the values. */
  resizedAt: z.iso.datetime().optional(),
  /** From then on the pod is to have its old size. */
  ended: z
    .strictObject({ at: z.iso.datetime(), how: z.enum(ENDINGS), message: z.string().optional() })
    .optional(),
  /** When the pod was seen to have its old size again, or not to be there any more. */
  backAt: z.iso.datetime().optional(),
});

export type Trial = z.infer<typeof trialSchema>;
export type TriedContainer = Trial["containers"][number];

/** Throws where it could not be read again. */
export function writeTrial(trial: Trial): string {
  return JSON.stringify(trialSchema.parse(trial));
}

/** `undefined` for what is no trial of this version. */
export function readTrial(text: string): Trial | undefined {
  try {
    return trialSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What still holds a pod that has to be put back. */
export function isUnderWay({ backAt }: Trial): boolean {
  return backAt === undefined;
}

/** The namespace of the pod. */
export function namespaceOf({ workload }: Trial): string {
  return parseWorkloadKey(workload)?.namespace ?? "";
}
