import { type WorkloadId, isWorkloadKind } from "../domain/workload.ts";

/** A pod, ReplicaSet or Job, and what controls it; `ownerKind` is empty where nothing does. */
export interface OwnerLink {
  readonly namespace: string;
  readonly name: string;
  readonly ownerKind: string;
  readonly ownerName: string;
}

export interface OwnerLinks {
  readonly pods: readonly OwnerLink[];
  readonly replicaSets: readonly OwnerLink[];
  readonly jobs: readonly OwnerLink[];
}

export type WorkloadOfPod = (namespace: string, pod: string) => WorkloadId | undefined;

/**
 * Which workload a pod belongs to, deleted pods too: through its owner, and through the owner of a ReplicaSet
 * or Job. Where a link is missing in the chain, the names that Kubernetes gives decide, but only for a
 * workload that `exists`: a name alone proves nothing.
 */
export function workloadOfPod(links: OwnerLinks, exists: (id: WorkloadId) => boolean): WorkloadOfPod {
  const pods = byName(links.pods);
  const replicaSets = byName(links.replicaSets);
  const jobs = byName(links.jobs);
  const named = (candidates: readonly WorkloadId[]): WorkloadId | undefined => {
    const known = candidates.filter(exists);
    return known.length === 1 ? known[0] : undefined;
  };
  return (namespace, pod) => {
    const link = pods.get(key(namespace, pod));
    if (link === undefined) return named(ownersByPodName(namespace, pod));
    if (link.ownerKind === "ReplicaSet") {
      const owner = replicaSets.get(key(namespace, link.ownerName));
      return owner === undefined
        ? named(ownersByReplicaSetName(namespace, link.ownerName))
        : workloadId(namespace, owner.ownerKind, owner.ownerName);
    }
    if (link.ownerKind === "Job") {
      const owner = jobs.get(key(namespace, link.ownerName));
      if (owner === undefined)
        return (
          named(ownersByJobName(namespace, link.ownerName)) ?? workloadId(namespace, "Job", link.ownerName)
        );
      return owner.ownerKind === ""
        ? workloadId(namespace, "Job", link.ownerName)
        : workloadId(namespace, owner.ownerKind, owner.ownerName);
    }
    return workloadId(namespace, link.ownerKind, link.ownerName);
  };
}

function key(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** A link to an owner beats one to none: an orphan was adopted, or a controller let go at the end. */
function byName(links: readonly OwnerLink[]): Map<string, OwnerLink> {
  const map = new Map<string, OwnerLink>();
  for (const link of links) {
    const at = key(link.namespace, link.name);
    if ((map.get(at)?.ownerKind ?? "") === "") map.set(at, link);
  }
  return map;
}

function workloadId(namespace: string, kind: string, name: string): WorkloadId | undefined {
  return isWorkloadKind(kind) ? { namespace, kind, name } : undefined;
}

/** Kubernetes makes hashes and suffixes of letters that spell no words. */
const SAFE = "[bcdfghjklmnpqrstvwxz2456789]";
const REPLICA_SET = new RegExp(`^(.+)-${SAFE}{1,10}$`);
const SUFFIXED = new RegExp(`^(.+)-${SAFE}{5}$`);
const ORDINAL = /^(.+)-\d{1,6}$/;
/** The minute of the run since 1970. */
const SCHEDULED = /^(.+)-\d{8,11}$/;

function ownersByReplicaSetName(namespace: string, replicaSet: string): WorkloadId[] {
  const name = REPLICA_SET.exec(replicaSet)?.[1];
  if (name === undefined) return [];
  return [
    { namespace, kind: "Deployment", name },
    { namespace, kind: "Rollout", name },
  ];
}

function ownersByJobName(namespace: string, job: string): WorkloadId[] {
  const name = SCHEDULED.exec(job)?.[1];
  return name === undefined ? [] : [{ namespace, kind: "CronJob", name }];
}

function ownersByPodName(namespace: string, pod: string): WorkloadId[] {
  const candidates: WorkloadId[] = [];
  const ordinal = ORDINAL.exec(pod)?.[1];
  if (ordinal !== undefined) candidates.push({ namespace, kind: "StatefulSet", name: ordinal });
  const stem = SUFFIXED.exec(pod)?.[1];
  if (stem === undefined) return candidates;
  candidates.push({ namespace, kind: "DaemonSet", name: stem }, ...ownersByReplicaSetName(namespace, stem));
  // A pod of an indexed Job has its index before the suffix.
  for (const job of [stem, ORDINAL.exec(stem)?.[1]].filter((name) => name !== undefined))
    candidates.push({ namespace, kind: "Job", name: job }, ...ownersByJobName(namespace, job));
  return candidates;
}
