import type { Window } from "../domain/duration.ts";
import { WORKLOAD_KINDS, type Workload, workloadKey } from "../domain/workload.ts";
import type { LastSample, SeriesSource } from "../metrics/series-source.ts";
import type { WorkloadSelection } from "./inventory.ts";
import type { OWNERS } from "./metrics-containers.ts";
import { type State, type StateQuery, objectKey, readState } from "./metrics-state.ts";

/** A workload that is there, without what only its pods tell. */
export type LiveWorkload = Pick<
  Workload,
  "namespace" | "kind" | "name" | "replicas" | "podsBesideUpdate" | "labels"
>;

/** Rollouts show only as owners of ReplicaSets. */
const PLAIN_KINDS = WORKLOAD_KINDS.filter((kind) => kind !== "Rollout");
type PlainKind = (typeof PLAIN_KINDS)[number];

/** The series that there is for each object of a kind; the value of some is the number of pods wanted. */
export const WORKLOADS = {
  Deployment: { metric: "kube_deployment_spec_replicas", by: ["deployment"] },
  StatefulSet: { metric: "kube_statefulset_replicas", by: ["statefulset"] },
  DaemonSet: { metric: "kube_daemonset_status_desired_number_scheduled", by: ["daemonset"] },
  CronJob: { metric: "kube_cronjob_info", by: ["cronjob"] },
  Job: { metric: "kube_job_info", by: ["job_name"] },
} as const;

/** How many pods a rolling update of a Deployment may leave out, and start besides, in whole ones. */
export const UPDATES = {
  mayBeMissing: { metric: "kube_deployment_spec_strategy_rollingupdate_max_unavailable", by: ["deployment"] },
  mayBeMore: { metric: "kube_deployment_spec_strategy_rollingupdate_max_surge", by: ["deployment"] },
} as const;

/** In the order of namespace, kind and name. */
export function workloadsIn(
  state: State<PlainKind | keyof typeof OWNERS | keyof typeof UPDATES>,
): LiveWorkload[] {
  const owned = ownedJobs(state("jobOwners"));
  const updates = updatesOf(state);
  const plain = PLAIN_KINDS.flatMap((kind) => {
    const [label] = WORKLOADS[kind].by;
    return state(kind).map((sample): LiveWorkload => {
      const { labels, value } = sample;
      const beside = kind === "Deployment" ? updates.get(objectKey(sample, label)) : undefined;
      return {
        namespace: labels["namespace"] ?? "",
        kind,
        name: labels[label] ?? "",
        labels: {},
        ...(kind === "Job" || kind === "CronJob" ? {} : { replicas: value }),
        ...(beside === undefined ? {} : { podsBesideUpdate: beside }),
      };
    });
  });
  return [...plain.filter((one) => !owned.has(workloadKey(one))), ...rollouts(state)].sort((a, b) =>
    sortKey(a) < sortKey(b) ? -1 : 1,
  );
}

/** The pods that an update of each Deployment has to start before it may stop one; where none may be more, it stops one. */
function updatesOf(state: State<keyof typeof UPDATES>): ReadonlyMap<string, number> {
  const noneMore = new Set(
    state("mayBeMore").flatMap((sample) => (sample.value === 0 ? [objectKey(sample, "deployment")] : [])),
  );
  return new Map(
    state("mayBeMissing").map((sample) => {
      const key = objectKey(sample, "deployment");
      return [key, sample.value >= 1 || noneMore.has(key) ? 0 : 1];
    }),
  );
}

/** The Jobs that something else makes and unmakes, such as a CronJob. */
function ownedJobs(owners: readonly LastSample[]): ReadonlySet<string> {
  return new Set(
    owners
      .filter(({ labels }) => !["", "<none>", undefined].includes(labels["owner_kind"]))
      .map(({ labels }) =>
        workloadKey({ namespace: labels["namespace"] ?? "", kind: "Job", name: labels["job_name"] ?? "" }),
      ),
  );
}

/** What owns ReplicaSets as a Rollout; it wants as many pods as they want together. */
function rollouts(state: State<"setOwners" | "setReplicas">): LiveWorkload[] {
  const wanted = new Map(
    state("setReplicas").map((sample) => [objectKey(sample, "replicaset"), sample.value]),
  );
  const owners = state("setOwners").filter(({ labels }) => labels["owner_kind"] === "Rollout");
  const byRollout = Map.groupBy(owners, (sample) => objectKey(sample, "owner_name"));
  return [...byRollout.values()].flatMap((sets) =>
    sets.slice(0, 1).map(({ labels }) => ({
      namespace: labels["namespace"] ?? "",
      kind: "Rollout" as const,
      name: labels["owner_name"] ?? "",
      labels: {},
      replicas: sets.reduce((sum, set) => sum + (wanted.get(objectKey(set, "replicaset")) ?? 0), 0),
    })),
  );
}

/** Those that carry the labels (all where none are asked for), as far as kube-state-metrics exports them. */
export async function labelled(
  source: SeriesSource,
  now: Window,
  all: readonly LiveWorkload[],
  { namespaces, labels }: WorkloadSelection,
): Promise<{ live: readonly LiveWorkload[]; warnings: readonly string[] }> {
  if (Object.keys(labels).length === 0) return { live: all, warnings: [] };
  const exported = Object.entries(labels).map(([key, value]) => ({ key, label: exportedName(key), value }));
  const carriers = exported.map(({ label, value }) => ({ label, is: value }));
  const queries = Object.fromEntries(
    PLAIN_KINDS.flatMap((kind): [string, StateQuery][] => {
      const metric = `kube_${kind.toLowerCase()}_labels`;
      return [
        [kind, { metric, by: WORKLOADS[kind].by, matchers: carriers }],
        ...exported.map(({ key, label }): [string, StateQuery] => [
          `${kind} ${key}`,
          { metric, by: [], matchers: [{ label, not: "" }] },
        ]),
      ];
    }),
  );
  const state = await readState<string>(source, namespaces, now, queries);
  const carrying = new Set(
    PLAIN_KINDS.flatMap((kind) =>
      state(kind).map((sample) => `${kind}/${objectKey(sample, WORKLOADS[kind].by[0])}`),
    ),
  );
  const unknown = exported.filter(({ key }) =>
    PLAIN_KINDS.every((kind) => state(`${kind} ${key}`).length === 0),
  );
  const warnings = unknown.map(
    ({ key }) =>
      `no workload's label ${key} is in Prometheus: a selector needs kube-state-metrics with --metric-labels-allowlist, such as deployments=[${key}]`,
  );
  if (all.some(({ kind }) => kind === "Rollout"))
    warnings.push("Rollouts are left out: kube-state-metrics does not tell their labels");
  const live = all.filter((one) => carrying.has(workloadKey(one))).map((one) => ({ ...one, labels }));
  return { live, warnings };
}

/** As kube-state-metrics writes a label: `app.kubernetes.io/name` → `label_app_kubernetes_io_name`. */
function exportedName(key: string): string {
  return `label_${key.replaceAll(/[^a-zA-Z0-9_]/g, "_")}`;
}

export async function whyNothing(source: SeriesSource, window: Window): Promise<string> {
  const pods = await source.last({ metric: "kube_pod_owner", matchers: [], window, by: [] });
  return pods.length === 0
    ? "no series of kube-state-metrics of the last minutes: is it scraped into this Prometheus, and with the labels that are asked for? (--inventory kubernetes reads the Kubernetes API instead)"
    : "kube-state-metrics knows no workloads in these namespaces";
}

function sortKey({ namespace, kind, name }: LiveWorkload): string {
  return `${namespace} ${kind} ${name}`;
}
