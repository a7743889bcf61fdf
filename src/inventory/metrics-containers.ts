import { RESOURCE_NAMES } from "../domain/resources.ts";
import { type Container, type ContainerRole, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { type OwnerLinks, workloadOfPod } from "../metrics/owners.ts";
import { ownerLinks } from "../metrics/read-owners.ts";
import type { LastSample } from "../metrics/series-source.ts";
import { amountsOf } from "./metrics-amounts.ts";
import { type State, objectKey } from "./metrics-state.ts";

const OWNER_BY = ["owner_kind", "owner_name", "owner_is_controller"];

/** Whose each pod is, and which pods are the newest. */
export const OWNERS = {
  podOwners: { metric: "kube_pod_owner", by: ["pod", ...OWNER_BY], many: true },
  setOwners: { metric: "kube_replicaset_owner", by: ["replicaset", ...OWNER_BY], many: true },
  jobOwners: { metric: "kube_job_owner", by: ["job_name", ...OWNER_BY] },
  podCreated: { metric: "kube_pod_created", by: ["pod"], many: true },
  setCreated: { metric: "kube_replicaset_created", by: ["replicaset"], many: true },
  setReplicas: { metric: "kube_replicaset_spec_replicas", by: ["replicaset"], many: true },
} as const;

const INFO_BY = ["pod", "container", "image", "image_spec", "restart_policy"];
const amounts = (metric: string) => ({
  metric,
  by: ["pod", "container", "resource"],
  matchers: [{ label: "resource", in: RESOURCE_NAMES }],
});

/** What each pod holds. */
export const CONTAINERS = {
  infos: { metric: "kube_pod_container_info", by: INFO_BY, many: true },
  requests: { ...amounts("kube_pod_container_resource_requests"), many: true },
  limits: { ...amounts("kube_pod_container_resource_limits"), many: true },
  initInfos: { metric: "kube_pod_init_container_info", by: INFO_BY },
  initRequests: amounts("kube_pod_init_container_resource_requests"),
  initLimits: amounts("kube_pod_init_container_resource_limits"),
} as const;

/**
 * The pod whose template is the current one, as `namespace/pod` by workload. Of a Deployment or Rollout that
 * is a pod of its newest ReplicaSet that still wants pods: an old one may well have made the newest pod, and
 * after a rollback the newest ReplicaSet wants none.
 */
export function newestPods(
  state: State<keyof typeof OWNERS>,
  workloads: readonly WorkloadId[],
): ReadonlyMap<string, string> {
  const links = linksIn(state);
  const keys = new Set(workloads.map(workloadKey));
  const owner = workloadOfPod(links, (id) => keys.has(workloadKey(id)));
  const podTime = valuesBy(state("podCreated"), "pod");
  const setTime = valuesBy(state("setCreated"), "replicaset");
  const setWants = valuesBy(state("setReplicas"), "replicaset");
  const newest = new Map<string, { pod: string; rank: readonly number[] }>();
  for (const { namespace, name, ownerKind, ownerName } of links.pods) {
    const id = owner(namespace, name);
    if (id === undefined || !keys.has(workloadKey(id))) continue;
    const pod = `${namespace}/${name}`;
    const set = ownerKind === "ReplicaSet" ? `${namespace}/${ownerName}` : undefined;
    const wants = Math.min(1, setWants.get(set ?? "") ?? 0);
    const rank = [wants, setTime.get(set ?? "") ?? 0, podTime.get(pod) ?? 0];
    const best = newest.get(workloadKey(id));
    if (best === undefined || isAbove(rank, best.rank)) newest.set(workloadKey(id), { pod, rank });
  }
  return new Map([...newest].map(([key, { pod }]) => [key, pod]));
}

function linksIn(state: State<"podOwners" | "setOwners" | "jobOwners">): OwnerLinks {
  return {
    pods: ownerLinks(state("podOwners"), "pod"),
    replicaSets: ownerLinks(state("setOwners"), "replicaset"),
    jobs: ownerLinks(state("jobOwners"), "job_name"),
  };
}

function isAbove(rank: readonly number[], other: readonly number[]): boolean {
  const at = rank.findIndex((value, index) => value !== other[index]);
  return at >= 0 && (rank[at] ?? 0) > (other[at] ?? 0);
}

function valuesBy(samples: readonly LastSample[], label: string): Map<string, number> {
  return new Map(samples.map((sample) => [objectKey(sample, label), sample.value]));
}

/** The containers of each pod by `namespace/pod`; main ones first, then by name. */
export function containersByPod(
  state: State<keyof typeof CONTAINERS>,
): ReadonlyMap<string, readonly Container[]> {
  const containers = [
    ...containersOf(state("infos"), state("requests"), state("limits"), () => "main"),
    ...containersOf(state("initInfos"), state("initRequests"), state("initLimits"), ({ labels }) =>
      labels["restart_policy"] === "Always" ? "sidecar" : "init",
    ),
  ];
  const byPod = Map.groupBy(containers, ([key]) => key.slice(0, key.lastIndexOf("/")));
  return new Map([...byPod].map(([pod, own]) => [pod, own.map(([, container]) => container)]));
}

function containersOf(
  infos: readonly LastSample[],
  requests: readonly LastSample[],
  limits: readonly LastSample[],
  role: (info: LastSample) => ContainerRole,
): [key: string, container: Container][] {
  const requestsOf = Map.groupBy(requests, containerKey);
  const limitsOf = Map.groupBy(limits, containerKey);
  const containers = new Map<string, Container>();
  for (const info of infos) {
    const key = containerKey(info);
    const { container: name = "", image_spec: image = info.labels["image"] ?? "" } = info.labels;
    const before = containers.get(key);
    containers.set(key, {
      name,
      role: role(info),
      ...(image === "" ? imageOf(before) : { image }),
      resources: { requests: amountsOf(requestsOf.get(key)), limits: amountsOf(limitsOf.get(key)) },
    });
  }
  return [...containers].sort(([a], [b]) => (a < b ? -1 : 1));
}

function containerKey(sample: LastSample): string {
  return `${objectKey(sample, "pod")}/${sample.labels["container"]}`;
}

/** While an image is pulled, its name may be empty. */
function imageOf(container: Container | undefined): { image?: string } {
  return container?.image === undefined ? {} : { image: container.image };
}
