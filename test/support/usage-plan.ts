import type { Window } from "../../src/domain/duration.ts";
import type { ResourceName, Resources } from "../../src/domain/resources.ts";
import type { ContainerRole, WorkloadId } from "../../src/domain/workload.ts";
import { type Pattern, patternValue, randomName, randomOf } from "./usage-pattern.ts";

export interface GeneratedContainer {
  readonly name: string;
  readonly role?: ContainerRole;
  readonly image?: string;
  readonly resources: Resources;
  /** What generations before the last one asked for. */
  readonly resourcesBefore?: Resources;
  readonly cpu: Pattern;
  readonly memory: Pattern;
  /** Every so many hours the container restarts and its counter begins anew. */
  readonly restartHours?: number;
}

export interface GeneratedWorkload extends WorkloadId {
  readonly containers: readonly GeneratedContainer[];
  /** Pods at a time (1). */
  readonly replicas?: number;
  /** How many times the pods are made anew in the window, plus one (1). */
  readonly generations?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly autoscaler?: { readonly name: string; readonly resources: readonly ResourceName[] };
  /** A CronJob runs every so many hours (6), for 15 minutes. */
  readonly everyHours?: number;
  /** Hours of the window in which nothing is scraped. */
  readonly gapHours?: readonly [from: number, to: number];
  /** In the last sample before every so-manieth grid point the memory is NaN. */
  readonly nanEvery?: number;
  /** Its ReplicaSets have no `kube_replicaset_owner`. */
  readonly ownersHidden?: boolean;
  /** Deleted at half of the window. */
  readonly gone?: boolean;
}

export interface GeneratorOptions {
  readonly seed: number;
  /** Start and end are multiples of five minutes. */
  readonly window: Window;
  /** Between scrapes of usage (60); the truth is exact where it divides 300. */
  readonly scrapeSeconds?: number;
  /** Between scrapes of kube-state-metrics (300). */
  readonly stateSeconds?: number;
  /** A second job scrapes the kubelets too and sees a quarter more. */
  readonly duplicateJob?: boolean;
  readonly kubeStateMetrics?: boolean;
}

/** A cell is the five minutes before a grid point; use is constant in it, so that `rate` over it is exact. */
export const CELL_SECONDS = 300;

/** A pod and the cells in which it lived, the end excluded. */
export interface PodLife {
  readonly workload: GeneratedWorkload;
  readonly name: string;
  readonly owner: { readonly kind: string; readonly name: string };
  readonly fromCell: number;
  readonly toCell: number;
  readonly latest: boolean;
}

/** Usage at a pod's cell, as generator and truth both see it. */
export interface CellUse {
  readonly cores: number;
  readonly bytes: number;
  readonly scraped: boolean;
  readonly memoryIsNan: boolean;
}

export interface Plan extends Required<GeneratorOptions> {
  readonly workloads: readonly GeneratedWorkload[];
  readonly cells: number;
  readonly pods: readonly PodLife[];
}

export function planOf(workloads: readonly GeneratedWorkload[], options: GeneratorOptions): Plan {
  const { startMs, endMs } = options.window;
  const cells = (endMs - startMs) / (CELL_SECONDS * 1000);
  return {
    scrapeSeconds: 60,
    stateSeconds: 300,
    duplicateJob: false,
    kubeStateMetrics: true,
    ...options,
    workloads,
    cells,
    pods: workloads.flatMap((workload) => podsOf(workload, cells, options)),
  };
}

function podsOf(workload: GeneratedWorkload, cells: number, { seed, window }: GeneratorOptions): PodLife[] {
  const { kind, name, namespace, replicas = 1, generations = 1, everyHours = 6 } = workload;
  const end = workload.gone === true ? Math.floor(cells / 2) : cells;
  const random = (length: number, ...parts: readonly (string | number)[]): string =>
    randomName(length, seed, namespace, name, ...parts);
  if (kind === "CronJob" || kind === "Job") {
    const every = kind === "Job" ? cells : (everyHours * 3600) / CELL_SECONDS;
    const starts = Array.from({ length: Math.ceil(end / every) }, (_, run) => run * every);
    return starts.map((fromCell) => {
      const minutes = (window.startMs + fromCell * CELL_SECONDS * 1000) / 60_000;
      const job = kind === "Job" ? name : `${name}-${minutes}`;
      const pod = `${job}-${random(5, fromCell)}`;
      const toCell = Math.min(fromCell + 3, end);
      const latest = fromCell === starts.at(-1);
      return { workload, name: pod, owner: { kind: "Job", name: job }, fromCell, toCell, latest };
    });
  }
  return Array.from({ length: generations }, (_, generation) => {
    const replicaSet = `${name}-${random(9, generation)}`;
    const viaReplicaSet = kind === "Deployment" || kind === "Rollout";
    return Array.from({ length: replicas }, (_, index) => ({
      workload,
      name: viaReplicaSet
        ? `${replicaSet}-${random(5, generation, index)}`
        : `${name}-${kind === "StatefulSet" ? index : random(5, generation, index)}`,
      owner: viaReplicaSet ? { kind: "ReplicaSet", name: replicaSet } : { kind, name },
      fromCell: Math.floor((generation * end) / generations),
      toCell: Math.floor(((generation + 1) * end) / generations),
      latest: generation === generations - 1,
    }));
  }).flat();
}

export function useOf(plan: Plan, pod: PodLife, container: GeneratedContainer, cell: number): CellUse {
  const random = randomOf(plan.seed, pod.name, container.name, cell);
  const atMs = plan.window.startMs + cell * CELL_SECONDS * 1000;
  const hour = (cell * CELL_SECONDS) / 3600;
  const { gapHours: [gapFrom, gapTo] = [0, 0], nanEvery = Infinity } = pod.workload;
  const share = cell / plan.cells;
  const initIsOver = container.role === "init" && cell > pod.fromCell;
  return {
    cores: patternValue(container.cpu, atMs, share, random),
    bytes: Math.round(patternValue(container.memory, atMs, share, random)),
    scraped: !initIsOver && !(hour >= gapFrom && hour < gapTo),
    memoryIsNan: cell % nanEvery === nanEvery - 1,
  };
}

export function imageOf({ name, image = `registry.example/${name}:1.0` }: GeneratedContainer): string {
  return image;
}
