import { z } from "zod";
import { baseUnits, isQuantity } from "../domain/quantity.ts";
import { type Eviction, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { workloadOfPod } from "../metrics/owners.ts";
import { OBJECT_NAME } from "./kubernetes-names.ts";

/** Pods that ended in failure: what a node threw out is among them until somebody tidies up. */
export const FAILED_PODS = { fieldSelector: "status.phase=Failed" };
/** Of pods that are gone already; the API server forgets events after an hour. */
export const EVICTION_EVENTS = { fieldSelector: "reason=Evicted" };

/** A pod that a node short of memory threw out, with its containers that used more than they had asked for. */
export interface EvictedPod {
  readonly namespace: string;
  readonly pod: string;
  /** Tells pods apart that a StatefulSet makes by one name, one after the other; empty where it is not told, like the owner. */
  readonly uid: string;
  readonly ownerKind: string;
  readonly ownerName: string;
  readonly containers: readonly Eviction[];
}

/** From a failed pod; `undefined` where it failed for another reason. */
export function readEvictedPod(item: unknown): EvictedPod | undefined {
  const { data } = PodItem.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, status } = data;
  // Older kubelets left nothing but when the pod had started.
  const times = [status.startTime, ...status.conditions.map(({ lastTransitionTime }) => lastTransitionTime)];
  const containers = offenders(status.message, Math.max(...times.filter((time) => !Number.isNaN(time))));
  const owner = metadata.ownerReferences.find(({ controller }) => controller);
  return containers.length === 0
    ? undefined
    : {
        namespace: metadata.namespace,
        pod: metadata.name,
        uid: metadata.uid,
        ownerKind: owner?.kind ?? "",
        ownerName: owner?.name ?? "",
        containers,
      };
}

/** From the event that a kubelet writes on a pod. */
export function readEvictionEvent(item: unknown): EvictedPod | undefined {
  const { data } = EventItem.safeParse(item);
  if (data === undefined) return undefined;
  const { involvedObject, message, lastTimestamp, eventTime, metadata } = data;
  const times = [lastTimestamp, eventTime, metadata.creationTimestamp];
  const containers = offenders(message, times.find((time) => !Number.isNaN(time)) ?? Number.NaN);
  const { namespace, name: pod, uid } = involvedObject;
  return containers.length === 0
    ? undefined
    : { namespace, pod, uid, ownerKind: "", ownerName: "", containers };
}

/** By `workloadKey`, each pod counted once; of pods that belong to no workload that `exists` nothing is said. */
export function evictionsByWorkload(
  found: readonly EvictedPod[],
  exists: (id: WorkloadId) => boolean,
): Map<string, Eviction[]> {
  // A pod that is still there says more than its event.
  const pods = new Map(
    found
      .toSorted((a, b) => a.ownerKind.length - b.ownerKind.length)
      .map((one) => [`${one.namespace}/${one.pod}/${one.uid}`, one]),
  );
  const links = [...pods.values()]
    .filter(({ ownerKind }) => ownerKind !== "")
    .map(({ pod: name, ...link }) => ({ ...link, name }));
  const ownerOf = workloadOfPod({ pods: links, replicaSets: [], jobs: [] }, exists);
  const evictions = new Map<string, Eviction[]>();
  for (const { namespace, pod, containers } of pods.values()) {
    const owner = ownerOf(namespace, pod);
    if (!owner || !exists(owner)) continue;
    const key = workloadKey(owner);
    evictions.set(key, [...(evictions.get(key) ?? []), ...containers]);
  }
  return evictions;
}

/** As kubelets write it, older ones in other words; disks and processes are not ours. */
const SHORT_OF_MEMORY = /low on resource: memory\b/;
const OFFENDER = /Container (\S{1,63}) was using (\S{1,40}), (?:request is|which exceeds its request of)/g;

function offenders(message: string, atMs: number): Eviction[] {
  if (!Number.isFinite(atMs) || !SHORT_OF_MEMORY.test(message)) return [];
  return [...message.matchAll(OFFENDER)].flatMap(([, container = "", used = ""]) =>
    OBJECT_NAME.test(container) && isQuantity(used) ? [{ container, atMs, usedBytes: baseUnits(used) }] : [],
  );
}

/** NaN where there is none. */
const Time = z.string().catch("").transform(Date.parse);
const Name = z.string().regex(OBJECT_NAME);
const Uid = z.string().max(64).catch("");
/** A kubelet's message is as long as the pod has containers. */
const Message = z
  .string()
  .catch("")
  .transform((text) => text.slice(0, 10_000));

const PodItem = z.object({
  metadata: z.object({
    name: Name,
    namespace: Name,
    uid: Uid,
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: Name, controller: z.boolean().catch(false) }))
      .catch([]),
  }),
  status: z.object({
    reason: z.literal("Evicted"),
    message: Message,
    startTime: Time,
    conditions: z.array(z.object({ lastTransitionTime: Time })).catch([]),
  }),
});

const EventItem = z.object({
  metadata: z.object({ creationTimestamp: Time }),
  involvedObject: z.object({ kind: z.literal("Pod"), namespace: Name, name: Name, uid: Uid }),
  reason: z.literal("Evicted"),
  message: Message,
  lastTimestamp: Time,
  eventTime: Time,
});
