import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import type { Workload } from "../src/domain/workload.ts";

/** A cluster of one-container Deployments, and how often they are scraped. */
export interface Dataset {
  readonly namespaces: number;
  readonly workloadsEach: number;
  readonly days: number;
  readonly scrapeSeconds: number;
  readonly endMs: number;
}

/** What kube-state-metrics says changes rarely, and only what is there near the end of a window is asked for. */
const STATE_SECONDS = 600;
const STATE_HOURS = 50;

export function workloadsOf({ namespaces, workloadsEach }: Dataset): Workload[] {
  return Array.from({ length: namespaces * workloadsEach }, (_, index) => {
    const namespace = `team-${String(Math.floor(index / workloadsEach)).padStart(3, "0")}`;
    const name = `app-${String(index % workloadsEach).padStart(4, "0")}`;
    return {
      namespace,
      kind: "Deployment",
      name,
      replicas: 1,
      labels: { app: name },
      annotations: {},
      autoscalers: [],
      containers: [
        {
          name: "app",
          role: "main",
          image: `registry.example/${name}:1.0`,
          resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "4Gi" } },
        },
      ],
    };
  });
}

export const podOf = ({ name }: Workload): string => `${name}-5d9f8c7b6d-x7k2p`;
export const replicaSetOf = ({ name }: Workload): string => `${name}-5d9f8c7b6d`;

/** The data folder of a Prometheus with these samples, made by promtool once and kept in `cache`. */
export async function datasetFolder(cache: string, dataset: Dataset): Promise<string> {
  const { namespaces, workloadsEach, days, scrapeSeconds, endMs } = dataset;
  const folder = path.join(
    cache,
    [namespaces, workloadsEach, days, scrapeSeconds, endMs / 3_600_000].join("x"),
  );
  if (await stat(folder).catch(() => undefined)) return folder;
  const making = `${folder}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  const text = path.join(making, "samples.txt");
  await pipeline(Readable.from(pieces(dataset)), createWriteStream(text));
  const data = path.join(making, "data");
  await execa("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    "--max-block-duration=336h",
    text,
    data,
  ]);
  await rm(text);
  await writeFile(path.join(making, "prometheus.yml"), "");
  await rename(making, folder);
  return folder;
}

function* pieces(dataset: Dataset): Generator<string> {
  const workloads = workloadsOf(dataset);
  const { days, scrapeSeconds, endMs } = dataset;
  const startSeconds = endMs / 1000 - days * 86_400;
  const times = (every: number): number[] =>
    Array.from({ length: Math.floor((days * 86_400) / every) }, (_, index) => startSeconds + index * every);
  const scrapes = times(scrapeSeconds);
  const seen = times(STATE_SECONDS).slice((-STATE_HOURS * 3600) / STATE_SECONDS);
  yield "# TYPE container_cpu_usage_seconds counter\n";
  for (const [index, workload] of workloads.entries()) yield cpu(workload, index, scrapes, scrapeSeconds);
  yield "# TYPE container_memory_working_set_bytes gauge\n";
  for (const [index, workload] of workloads.entries()) yield memory(workload, index, scrapes);
  for (const [metric, value, labels] of STATE)
    for (const workload of workloads)
      yield seen
        .map((time) => `${metric}{namespace="${workload.namespace}",${labels(workload)}} ${value} ${time}\n`)
        .join("");
  yield "# EOF\n";
}

const labelled = (workload: Workload): string =>
  `{container="app",job="kubelet",namespace="${workload.namespace}",pod="${podOf(workload)}"}`;

/** Its own base, a day's wave, noise, and bursts now and then: no two samples alike, as in life. */
function cpu(workload: Workload, index: number, times: readonly number[], scrapeSeconds: number): string {
  const random = randomFrom(index + 1);
  const base = 0.02 + random() * 0.4;
  let counted = 0;
  const head = `container_cpu_usage_seconds_total${labelled(workload)}`;
  return times
    .map((time) => {
      const wave = 0.5 + 0.5 * Math.sin((2 * Math.PI * (time + index * 600)) / 86_400);
      const burst = random() < 0.01 ? 4 : 1;
      counted += base * (0.4 + 0.6 * wave) * (0.8 + 0.4 * random()) * burst * scrapeSeconds;
      return `${head} ${counted.toFixed(6)} ${time}\n`;
    })
    .join("");
}

function memory(workload: Workload, index: number, times: readonly number[]): string {
  const random = randomFrom(index + 77_777);
  const base = 64e6 + random() * 900e6;
  const head = `container_memory_working_set_bytes${labelled(workload)}`;
  return times
    .map((time) => `${head} ${Math.round((base * (0.95 + 0.05 * random())) / 4096) * 4096} ${time}\n`)
    .join("");
}

type State = readonly [metric: string, value: string, labels: (workload: Workload) => string];

const STATE: readonly State[] = [
  [
    "kube_pod_owner",
    "1",
    (one) =>
      `pod="${podOf(one)}",owner_kind="ReplicaSet",owner_name="${replicaSetOf(one)}",owner_is_controller="true"`,
  ],
  [
    "kube_replicaset_owner",
    "1",
    (one) =>
      `replicaset="${replicaSetOf(one)}",owner_kind="Deployment",owner_name="${one.name}",owner_is_controller="true"`,
  ],
  ["kube_deployment_spec_replicas", "1", (one) => `deployment="${one.name}"`],
  [
    "kube_pod_container_info",
    "1",
    (one) => `pod="${podOf(one)}",container="app",image="registry.example/${one.name}:1.0"`,
  ],
  ["kube_pod_status_phase", "1", (one) => `pod="${podOf(one)}",phase="Running"`],
  [
    "kube_pod_container_resource_requests",
    "1",
    (one) => `pod="${podOf(one)}",container="app",resource="cpu",unit="core"`,
  ],
];

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
