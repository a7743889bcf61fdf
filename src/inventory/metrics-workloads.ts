import type { Window } from "../domain/duration.ts";
import { WORKLOAD_KINDS, type Workload, type WorkloadKind, workloadKey } from "../domain/workload.ts";
import { inNamespaces } from "../metrics/namespaces.ts";
import type { LabelMatcher, LastSample, SeriesSource } from "../metrics/series-source.ts";
import type { WorkloadSelection } from "./inventory.ts";

/** A workload that is there, without what only its pods tell. */
export type LiveWorkload = Pick<Workload, "namespace" | "kind" | "name" | "replicas" | "labels">;

interface LiveWorkloads {
  readonly live: readonly LiveWorkload[];
  readonly warnings: readonly string[];
}

/** The series that kube-state-metrics has for each object of a kind; Rollouts show only as owners. */
interface KindSeries {
  readonly metric: string;
  /** The label with the object's name. */
  readonly label: string;
  readonly labelsMetric: string;
  /** Whether the value is the number of pods wanted. */
  readonly counts: boolean;
}

const SERIES: Readonly<Record<Exclude<WorkloadKind, "Rollout">, KindSeries>> = {
  Deployment: {
    metric: "kube_deployment_spec_replicas",
    label: "deployment",
    labelsMetric: "kube_deployment_labels",
    counts: true,
  },
  StatefulSet: {
    metric: "kube_statefulset_replicas",
    label: "statefulset",
    labelsMetric: "kube_statefulset_labels",
    counts: true,
  },
  DaemonSet: {
    metric: "kube_daemonset_status_desired_number_scheduled",
    label: "daemonset",
    labelsMetric: "kube_daemonset_labels",
    counts: true,
  },
  CronJob: {
    metric: "kube_cronjob_info",
    label: "cronjob",
    labelsMetric: "kube_cronjob_labels",
    counts: false,
  },
  Job: { metric: "kube_job_info", label: "job_name", labelsMetric: "kube_job_labels", counts: false },
};

/** The selected workloads in the order of namespace, kind and name. */
export async function readWorkloads(
  source: SeriesSource,
  selection: WorkloadSelection,
  now: Window,
): Promise<LiveWorkloads> {
  const ask: Ask = (metric, by, matchers = []) =>
    inNamespaces(selection.namespaces, (namespaces) =>
      source.last({ metric, matchers: [...namespaces, ...matchers], window: now, by }),
    );
  const found = await Promise.all(
    WORKLOAD_KINDS.map((kind) => (kind === "Rollout" ? rollouts(ask) : plainKind(ask, kind))),
  );
  const all = found.flat().sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  if (all.length === 0) return { live: [], warnings: [await whyNothing(source, now)] };
  return Object.keys(selection.labels).length === 0
    ? { live: all, warnings: [] }
    : await labelled(ask, all, selection.labels);
}

type Ask = (
  metric: string,
  by: readonly string[],
  matchers?: readonly LabelMatcher[],
) => Promise<LastSample[]>;

async function plainKind(ask: Ask, kind: keyof typeof SERIES): Promise<LiveWorkload[]> {
  const { metric, label, counts } = SERIES[kind];
  const [samples, owned] = await Promise.all([ask(metric, ["namespace", label]), ownedObjects(ask, kind)]);
  return samples
    .map(({ labels, value }) => ({
      namespace: labels["namespace"] ?? "",
      kind,
      name: labels[label] ?? "",
      labels: {},
      ...(counts ? { replicas: value } : {}),
    }))
    .filter((workload) => !owned.has(workloadKey(workload)));
}

/** The Jobs that something else makes and unmakes, such as a CronJob. */
async function ownedObjects(ask: Ask, kind: WorkloadKind): Promise<ReadonlySet<string>> {
  if (kind !== "Job") return new Set();
  const owners = await ask("kube_job_owner", ["namespace", "job_name", "owner_kind"]);
  return new Set(
    owners
      .filter(({ labels }) => !["", "<none>", undefined].includes(labels["owner_kind"]))
      .map(({ labels }) =>
        workloadKey({ namespace: labels["namespace"] ?? "", kind, name: labels["job_name"] ?? "" }),
      ),
  );
}

/** What owns ReplicaSets as a Rollout; it wants as many pods as they want together. */
async function rollouts(ask: Ask): Promise<LiveWorkload[]> {
  const [owners, replicas] = await Promise.all([
    ask(
      "kube_replicaset_owner",
      ["namespace", "replicaset", "owner_name"],
      [{ label: "owner_kind", is: "Rollout" }],
    ),
    ask("kube_replicaset_spec_replicas", ["namespace", "replicaset"]),
  ]);
  const replicaSet = ({ labels }: LastSample): string => `${labels["namespace"]}/${labels["replicaset"]}`;
  const wanted = new Map(replicas.map((sample) => [replicaSet(sample), sample.value]));
  const byRollout = Map.groupBy(owners, ({ labels }) => `${labels["namespace"]}/${labels["owner_name"]}`);
  return [...byRollout.values()].flatMap((sets) =>
    sets.slice(0, 1).map(({ labels }) => ({
      namespace: labels["namespace"] ?? "",
      kind: "Rollout" as const,
      name: labels["owner_name"] ?? "",
      labels: {},
      replicas: sets.reduce((sum, set) => sum + (wanted.get(replicaSet(set)) ?? 0), 0),
    })),
  );
}

/** Those that carry the labels, as far as kube-state-metrics exports them. */
async function labelled(
  ask: Ask,
  all: readonly LiveWorkload[],
  labels: WorkloadSelection["labels"],
): Promise<LiveWorkloads> {
  const matchers = Object.entries(labels).map(([key, is]) => ({ label: exportedName(key), is }));
  const carriers = new Set<string>();
  const notExported = new Set(Object.keys(labels));
  for (const kind of WORKLOAD_KINDS) {
    if (kind === "Rollout") continue;
    const { label, labelsMetric } = SERIES[kind];
    for (const sample of await ask(labelsMetric, ["namespace", label], matchers))
      carriers.add(
        workloadKey({ namespace: sample.labels["namespace"] ?? "", kind, name: sample.labels[label] ?? "" }),
      );
    for (const key of notExported) {
      const exported = await ask(labelsMetric, [], [{ label: exportedName(key), not: "" }]);
      if (exported.length > 0) notExported.delete(key);
    }
  }
  const warnings = [...notExported].map(
    (key) =>
      `no workload's label ${key} is in Prometheus: a selector needs kube-state-metrics with --metric-labels-allowlist, such as deployments=[${key}]`,
  );
  if (all.some(({ kind }) => kind === "Rollout"))
    warnings.push("Rollouts are left out: kube-state-metrics does not tell their labels");
  const live = all.filter((one) => carriers.has(workloadKey(one))).map((one) => ({ ...one, labels }));
  return { live, warnings };
}

/** As kube-state-metrics writes a label: `app.kubernetes.io/name` → `label_app_kubernetes_io_name`. */
function exportedName(key: string): string {
  return `label_${key.replaceAll(/[^a-zA-Z0-9_]/g, "_")}`;
}

async function whyNothing(source: SeriesSource, window: Window): Promise<string> {
  const pods = await source.last({ metric: "kube_pod_owner", matchers: [], window, by: [] });
  return pods.length === 0
    ? "no series of kube-state-metrics at the end of the window: is it scraped into this Prometheus?"
    : "kube-state-metrics knows no workloads in these namespaces";
}

function sortKey({ namespace, kind, name }: LiveWorkload): string {
  return `${namespace} ${kind} ${name}`;
}
