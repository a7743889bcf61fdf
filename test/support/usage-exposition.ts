import { baseUnits } from "../../src/domain/quantity.ts";
import { RESOURCE_FIELDS, amountOf, splitField } from "../../src/domain/resources.ts";
import {
  CELL_SECONDS,
  type GeneratedContainer,
  type GeneratedWorkload,
  imageOf,
  type Plan,
  type PodLife,
  useOf,
} from "./usage-plan.ts";
import { randomOf } from "./usage-pattern.ts";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [seconds: number, value: number];

interface WrittenSeries {
  readonly metric: string;
  readonly labels: Labels;
  readonly samples: () => Iterable<Sample>;
}

/** The plan as OpenMetrics text, metric by metric. */
export function* openMetricsLines(plan: Plan): Generator<string> {
  const series = [
    ...plan.pods.flatMap((pod) => cadvisorSeries(plan, pod)),
    ...(plan.kubeStateMetrics ? stateSeries(plan) : []),
  ];
  for (const [metric, members] of Map.groupBy(series, (one) => one.metric)) {
    yield metric.endsWith("_total") ? `# TYPE ${metric.slice(0, -6)} counter` : `# TYPE ${metric} gauge`;
    for (const { labels, samples } of members) {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      const head = `${metric}{${pairs.join(",")}}`;
      for (const [seconds, value] of samples()) yield `${head} ${value} ${seconds}`;
    }
  }
  yield "# EOF";
}

function cadvisorSeries(plan: Plan, pod: PodLife): WrittenSeries[] {
  const jobs = [
    { job: "kubelet", factor: 1 },
    ...(plan.duplicateJob ? [{ job: "agent", factor: 1.25 }] : []),
  ];
  return jobs.flatMap(({ job, factor }) => {
    const labels = { job, namespace: pod.workload.namespace, pod: pod.name };
    return [
      ...pod.workload.containers.flatMap((container) => [
        {
          metric: "container_cpu_usage_seconds_total",
          labels: { ...labels, container: container.name, cpu: "total" },
          samples: () => cpuSamples(plan, pod, container, factor),
        },
        {
          metric: "container_memory_working_set_bytes",
          labels: { ...labels, container: container.name },
          samples: () => memorySamples(plan, pod, container, factor),
        },
      ]),
      // The pod's own cgroup and its pause container, which nobody may count.
      ...["", "POD"].map((container) => ({
        metric: "container_memory_working_set_bytes",
        labels: { ...labels, container },
        samples: () => constant(plan, pod.fromCell, pod.toCell, 9e9),
      })),
    ];
  });
}

/** Seconds between a cell's start and its first scrape: targets are not scraped on the minute. */
function scrapeOffset(plan: Plan, pod: PodLife): number {
  return 1 + Math.floor(randomOf(plan.seed, pod.name, "offset") * (plan.scrapeSeconds - 2));
}

/** A restart happens at a scrape, so that no use is lost between the last sample and the reset. */
function* cpuSamples(
  plan: Plan,
  pod: PodLife,
  container: GeneratedContainer,
  factor: number,
): Generator<Sample> {
  const { restartHours = Infinity } = container;
  const restartCells = (restartHours * 3600) / CELL_SECONDS;
  const offset = scrapeOffset(plan, pod);
  let counter = 0;
  let countedUntil = 0;
  for (let cell = pod.fromCell; cell < pod.toCell; cell++) {
    const { cores, scraped } = useOf(plan, pod, container, cell);
    const restarts = cell > pod.fromCell && (cell - pod.fromCell) % restartCells === 0;
    const startSeconds = plan.window.startMs / 1000 + cell * CELL_SECONDS;
    for (let since = offset; since < CELL_SECONDS; since += plan.scrapeSeconds) {
      counter += cores * factor * (since - countedUntil);
      countedUntil = since;
      if (scraped) yield [startSeconds + since, counter];
      if (restarts && since === offset + plan.scrapeSeconds) counter = 0;
    }
    counter += cores * factor * (CELL_SECONDS - countedUntil);
    countedUntil = 0;
  }
}

function* memorySamples(
  plan: Plan,
  pod: PodLife,
  container: GeneratedContainer,
  factor: number,
): Generator<Sample> {
  const offset = scrapeOffset(plan, pod);
  for (let cell = pod.fromCell; cell < pod.toCell; cell++) {
    const { bytes, scraped, memoryIsNan } = useOf(plan, pod, container, cell);
    if (!scraped) continue;
    const startSeconds = plan.window.startMs / 1000 + cell * CELL_SECONDS;
    for (let since = offset; since < CELL_SECONDS; since += plan.scrapeSeconds) {
      const last = since + plan.scrapeSeconds >= CELL_SECONDS;
      yield [startSeconds + since, last && memoryIsNan ? Number.NaN : bytes * factor];
    }
  }
}

function stateSeries(plan: Plan): WrittenSeries[] {
  return [
    ...plan.workloads.flatMap((workload) => workloadSeries(plan, workload)),
    ...[...Map.groupBy(plan.pods, ({ workload, owner }) => `${workload.namespace}/${owner.name}`).values()]
      .flatMap((pods) => pods.slice(0, 1))
      .flatMap((pod) => ownerSeries(plan, pod)),
    ...plan.pods.flatMap((pod) => podSeries(plan, pod)),
  ];
}

const REPLICAS_METRIC: Readonly<Record<string, string>> = {
  Deployment: "kube_deployment_spec_replicas",
  StatefulSet: "kube_statefulset_replicas",
  DaemonSet: "kube_daemonset_status_desired_number_scheduled",
  CronJob: "kube_cronjob_info",
  Job: "kube_job_info",
};

function workloadSeries(plan: Plan, workload: GeneratedWorkload): WrittenSeries[] {
  const { namespace, kind, name, replicas = 1, labels = {}, autoscaler } = workload;
  const end = workload.gone === true ? Math.floor(plan.cells / 2) : plan.cells;
  const state = (metric: string, own: Labels, value: number): WrittenSeries => ({
    metric,
    labels: { job: "kube-state-metrics", namespace, ...own },
    samples: () => constant(plan, 0, end, value),
  });
  const label = kind === "Job" ? "job_name" : kind.toLowerCase();
  const metric = REPLICAS_METRIC[kind];
  const exported = Object.entries(labels).map(([key, value]) => [
    `label_${key.replaceAll(/[^a-zA-Z0-9_]/g, "_")}`,
    value,
  ]);
  const target = { scaletargetref_kind: kind, scaletargetref_name: name };
  const scaler = { horizontalpodautoscaler: autoscaler?.name ?? "" };
  return [
    ...(metric === undefined
      ? []
      : [
          state(metric, { [label]: name }, metric.endsWith("_info") ? 1 : replicas),
          state(`kube_${kind.toLowerCase()}_labels`, { [label]: name, ...Object.fromEntries(exported) }, 1),
        ]),
    ...(kind === "Job" ? [state("kube_job_owner", { job_name: name, ...owner("", "") }, 1)] : []),
    ...(autoscaler === undefined
      ? []
      : [
          state("kube_horizontalpodautoscaler_info", { ...scaler, ...target }, 1),
          ...autoscaler.resources.map((resource) =>
            state(
              "kube_horizontalpodautoscaler_spec_target_metric",
              { ...scaler, metric_name: resource, metric_target_type: "utilization" },
              80,
            ),
          ),
        ]),
  ];
}

/** The ReplicaSet or Job between a pod and its workload. A ReplicaSet stays, scaled to nothing. */
function ownerSeries(plan: Plan, pod: PodLife): WrittenSeries[] {
  const { namespace, kind, name, replicas = 1, ownersHidden = false, gone = false } = pod.workload;
  const end = gone ? pod.toCell : plan.cells;
  const state = (metric: string, own: Labels, samples: () => Iterable<Sample>): WrittenSeries => ({
    metric,
    labels: { job: "kube-state-metrics", namespace, ...own },
    samples,
  });
  const whole = (value: number) => () => constant(plan, pod.fromCell, end, value);
  if (pod.owner.kind === "ReplicaSet") {
    const replicaset = { replicaset: pod.owner.name };
    return [
      ...(ownersHidden
        ? []
        : [state("kube_replicaset_owner", { ...replicaset, ...owner(kind, name) }, whole(1))]),
      state("kube_replicaset_created", replicaset, whole(createdSeconds(plan, pod))),
      state("kube_replicaset_spec_replicas", replicaset, function* () {
        yield* constant(plan, pod.fromCell, pod.toCell, replicas);
        yield* constant(plan, pod.toCell, end, 0);
      }),
    ];
  }
  if (kind !== "CronJob") return [];
  const job = { job_name: pod.owner.name };
  return [
    state("kube_job_owner", { ...job, ...owner(kind, name) }, whole(1)),
    state("kube_job_info", job, whole(1)),
  ];
}

function podSeries(plan: Plan, pod: PodLife): WrittenSeries[] {
  const own = (metric: string, labels: Labels, value: number): WrittenSeries => ({
    metric,
    labels: { job: "kube-state-metrics", namespace: pod.workload.namespace, pod: pod.name, ...labels },
    samples: () => constant(plan, pod.fromCell, pod.toCell, value),
  });
  return [
    own("kube_pod_owner", owner(pod.owner.kind, pod.owner.name), 1),
    own("kube_pod_created", {}, createdSeconds(plan, pod)),
    ...pod.workload.containers.flatMap((container) => {
      const { name, role = "main", resources, resourcesBefore = resources } = container;
      const prefix = role === "main" ? "kube_pod_container" : "kube_pod_init_container";
      const asked = pod.latest ? resources : resourcesBefore;
      const policy = role === "main" ? {} : { restart_policy: role === "sidecar" ? "Always" : "" };
      return [
        own(`${prefix}_info`, { container: name, image_spec: imageOf(container), ...policy }, 1),
        ...RESOURCE_FIELDS.flatMap((field) => {
          const quantity = amountOf(asked, field);
          if (quantity === undefined) return [];
          const [side, resource] = splitField(field);
          const unit = resource === "cpu" ? "core" : "byte";
          return [
            own(`${prefix}_resource_${side}`, { container: name, resource, unit }, baseUnits(quantity)),
          ];
        }),
      ];
    }),
  ];
}

function owner(kind: string, name: string): Labels {
  return { owner_kind: kind, owner_name: name, owner_is_controller: kind === "" ? "" : "true" };
}

function createdSeconds(plan: Plan, pod: PodLife): number {
  return plan.window.startMs / 1000 + pod.fromCell * CELL_SECONDS;
}

/** kube-state-metrics is scraped 17 seconds after the minute. */
function* constant(plan: Plan, fromCell: number, toCell: number, value: number): Generator<Sample> {
  const start = plan.window.startMs / 1000;
  for (
    let at = start + fromCell * CELL_SECONDS + 17;
    at < start + toCell * CELL_SECONDS;
    at += plan.stateSeconds
  )
    yield [at, value];
}
