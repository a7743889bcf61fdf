import type { Window } from "../domain/duration.ts";
import { cpuQuantity, exactMemoryQuantity } from "../domain/quantity.ts";
import { type Amounts, RESOURCE_NAMES, type ResourceSide } from "../domain/resources.ts";
import { type Container, type ContainerRole, type WorkloadId, workloadKey } from "../domain/workload.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import { workloadOfPod } from "../metrics/owners.ts";
import { readOwners } from "../metrics/read-owners.ts";
import type { LabelMatcher, LastSample, SeriesSource } from "../metrics/series-source.ts";

/** The containers of each workload's newest pod in the span, by workload; main ones first, then by name. */
export async function readContainers(
  source: SeriesSource,
  namespaces: readonly string[],
  workloads: readonly WorkloadId[],
  span: Window,
): Promise<Map<string, readonly Container[]>> {
  if (workloads.length === 0) return new Map();
  const ask: Ask = (metric, by, matchers = []) =>
    inNamespaces(namespaces, (within) =>
      source.last({ metric, matchers: [...within, ...matchers], window: span, by: ["namespace", ...by] }),
    );
  const [newest, main, init] = await Promise.all([
    newestPods(source, ask, namespaces, workloads, span),
    podContainers(ask, "kube_pod_container"),
    podContainers(ask, "kube_pod_init_container"),
  ]);
  return new Map(
    [...newest].flatMap(([key, pod]): [string, Container[]][] => {
      const containers = [...(main.get(pod) ?? []), ...(init.get(pod) ?? [])];
      return containers.length === 0 ? [] : [[key, containers]];
    }),
  );
}

type Ask = (
  metric: string,
  by: readonly string[],
  matchers?: readonly LabelMatcher[],
) => Promise<LastSample[]>;

/**
 * The pod whose template is the current one, as `namespace/pod` by workload. Of a Deployment or Rollout that
 * is a pod of its newest ReplicaSet that still wants pods: an old one may well have made the newest pod, and
 * after a rollback the newest ReplicaSet wants none.
 */
async function newestPods(
  source: SeriesSource,
  ask: Ask,
  namespaces: readonly string[],
  workloads: readonly WorkloadId[],
  span: Window,
): Promise<Map<string, string>> {
  const [links, podCreated, setCreated, setReplicas] = await Promise.all([
    readOwners(source, namespaces, span),
    ask("kube_pod_created", ["pod"]),
    ask("kube_replicaset_created", ["replicaset"]),
    ask("kube_replicaset_spec_replicas", ["replicaset"]),
  ]);
  const keys = new Set(workloads.map(workloadKey));
  const owner = workloadOfPod(links, (id) => keys.has(workloadKey(id)));
  const podTime = valuesBy(podCreated, "pod");
  const setTime = valuesBy(setCreated, "replicaset");
  const setWants = valuesBy(setReplicas, "replicaset");
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

function isAbove(rank: readonly number[], other: readonly number[]): boolean {
  const at = rank.findIndex((value, index) => value !== other[index]);
  return at >= 0 && (rank[at] ?? 0) > (other[at] ?? 0);
}

function valuesBy(samples: readonly LastSample[], label: string): Map<string, number> {
  return new Map(samples.map(({ labels, value }) => [`${labels["namespace"]}/${labels[label]}`, value]));
}

type Prefix = "kube_pod_container" | "kube_pod_init_container";

/** The containers of each pod, by `namespace/pod`. */
async function podContainers(ask: Ask, prefix: Prefix): Promise<Map<string, Container[]>> {
  const known = [{ label: "resource", in: RESOURCE_NAMES }];
  const amounts = (side: ResourceSide): Promise<LastSample[]> =>
    ask(`${prefix}_resource_${side}`, ["pod", "container", "resource"], known);
  const [infos, requests, limits] = await Promise.all([
    ask(`${prefix}_info`, ["pod", "container", "image", "image_spec", "restart_policy"]),
    amounts("requests"),
    amounts("limits"),
  ]);
  const requestsOf = Map.groupBy(requests, containerKey);
  const limitsOf = Map.groupBy(limits, containerKey);
  const containers = new Map<string, Container>();
  for (const info of infos) {
    const key = containerKey(info);
    const { container: name = "", image_spec: image = info.labels["image"] ?? "" } = info.labels;
    const before = containers.get(key);
    containers.set(key, {
      name,
      role: roleOf(prefix, info),
      ...(image === "" ? imageOf(before) : { image }),
      resources: { requests: amountsOf(requestsOf.get(key)), limits: amountsOf(limitsOf.get(key)) },
    });
  }
  const byName = [...containers].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    [...Map.groupBy(byName, ([key]) => key.slice(0, key.lastIndexOf("/")))].map(([pod, own]) => [
      pod,
      own.map(([, container]) => container),
    ]),
  );
}

function containerKey({ labels }: LastSample): string {
  return `${labels["namespace"]}/${labels["pod"]}/${labels["container"]}`;
}

/** While an image is pulled, its name may be empty. */
function imageOf(container: Container | undefined): { image?: string } {
  return container?.image === undefined ? {} : { image: container.image };
}

function roleOf(prefix: Prefix, { labels }: LastSample): ContainerRole {
  if (prefix === "kube_pod_container") return "main";
  return labels["restart_policy"] === "Always" ? "sidecar" : "init";
}

/** kube-state-metrics writes cores in thousandths, bytes as they are. */
function amountsOf(samples: readonly LastSample[] = []): Amounts {
  const value = new Map(
    samples
      .filter((sample) => Number.isFinite(sample.value) && sample.value >= 0)
      .map((sample) => [sample.labels["resource"], sample.value]),
  );
  const cores = value.get("cpu");
  const bytes = value.get("memory");
  return {
    ...(cores === undefined ? {} : { cpu: cpuQuantity(cores) }),
    ...(bytes === undefined ? {} : { memory: exactMemoryQuantity(bytes) }),
  };
}
