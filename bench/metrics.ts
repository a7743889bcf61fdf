import { cp, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { openEndpoint } from "../src/metrics/metrics-endpoint.ts";
import { remoteRead } from "../src/metrics/remote-read/remote-read.ts";
import { LEAD_MS } from "../src/usage/day-sketcher.ts";
import { makeCertificates } from "../test/support/certificates.ts";
import { KubernetesApiServer, type KubernetesObject } from "../test/support/kubernetes-api.ts";
import { objectOf } from "../test/support/kubernetes-objects.ts";
import { compiled } from "./compiled.ts";
import { prometheusOn } from "./prometheus-on.ts";
import { type Dataset, datasetFolder, podOf, replicaSetOf, workloadsOf } from "./usage-dataset.ts";

const DAY_MS = 86_400_000;
/** Six in the morning, when sweeps run: a quarter of today is there. */
const MORNING_MS = DAY_MS / 4;
const endMs = Math.floor((Date.now() - MORNING_MS) / DAY_MS) * DAY_MS + MORNING_MS;
/** One day more than the window, so that a sweep a day earlier has as much to read. */
const MINUTES: Dataset = { namespaces: 25, workloadsEach: 40, days: 15, scrapeSeconds: 60, endMs };
const FEW: Dataset = { ...MINUTES, scrapeSeconds: 600 };
const MANY: Dataset = { ...FEW, workloadsEach: 400 };
const TIMES = 3;

const sweptSchema = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  protocol: z.string(),
  requests: z.number(),
  bytes: z.number(),
  containers: z.number(),
  advised: z.number(),
  warnings: z.array(z.string()),
});
type Swept = z.infer<typeof sweptSchema>;

interface Measured {
  readonly seconds: number;
  /** Of all threads, without the server's. */
  readonly cpuSeconds?: number;
  readonly requests: number;
  readonly bytes?: number;
}

/**
 * What reading a cluster's usage costs, against KRR on the same Prometheus where `KRR` names the command that
 * starts it (`KRR="venv/bin/python krr.py"`), and against merely receiving the same bytes.
 * The samples are made once and kept below the folder for temporary files.
 */
export async function metrics(): Promise<void> {
  console.log(`${availableParallelism()} cores, Node.js ${process.versions.node}\n`);
  const cache = path.join(tmpdir(), "loadline-bench-metrics");
  const scratch = await mkdtemp(path.join(tmpdir(), "loadline-bench-"));
  try {
    const sweeper = await compiled("sweep-once.ts", scratch);
    await thousand(await datasetFolder(cache, MINUTES), scratch, sweeper);
    await scale(cache, scratch, sweeper);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** 1,000 workloads, 14 days, a sample a minute. */
async function thousand(data: string, scratch: string, sweeper: string): Promise<void> {
  await using prometheus = await prometheusOn(data);
  const sweepOnce = sweeping(sweeper);
  console.log("1,000 workloads x 14 days x 1 minute");
  // The first to ask finds cold caches.
  await receive(prometheus.url);
  const received = await best(async () => await receive(prometheus.url));
  const fresh = (index: number): string => path.join(scratch, `store-${index}`);
  let index = 0;
  const first = await best(async () => await sweepOnce(prometheus.url, fresh(index++), endMs));
  const yesterday = path.join(scratch, "yesterday");
  await sweepOnce(prometheus.url, yesterday, endMs - DAY_MS);
  const second = await best(async () => {
    const store = fresh(index++);
    await cp(yesterday, store, { recursive: true });
    return await sweepOnce(prometheus.url, store, endMs);
  });
  const promql = await sweepOnce(prometheus.url, "none", endMs, "promql");
  const krr = await krrOnce(prometheus.url, workloadsOf(MINUTES));
  const row = (what: string, { seconds, cpuSeconds, requests, bytes }: Measured): void =>
    console.log(
      what.padEnd(50),
      seconds.toFixed(2).padStart(8),
      (seconds / first.seconds).toFixed(2).padStart(8),
      (cpuSeconds?.toFixed(2) ?? "").padStart(6),
      String(requests).padStart(9),
      bytes === undefined ? "" : `${(bytes / 1e6).toFixed(0)} MB`.padStart(8),
    );
  console.log(`${"".padEnd(50)}  seconds  x first  CPU s  requests    bytes`);
  row("receiving the same bytes, nothing decoded", received);
  row(`first sweep (${first.protocol})`, first);
  row("second sweep, a day later", second);
  row("first sweep (PromQL)", promql);
  if (krr) row(`KRR simple, ${KRR_WORKERS} workers`, krr);
  else console.log("KRR was not run: set KRR to the command that starts it");
  console.log(
    `memory at its peak: ${mebibytes(first)} (remote read), ${mebibytes(promql)} (PromQL); ${first.containers} containers, ${first.advised} with advice`,
  );
  for (const warning of new Set([...first.warnings, ...second.warnings, ...promql.warnings]))
    console.log(`warning: ${warning}`);
}

/** Ten times as many workloads, scraped every ten minutes. */
async function scale(cache: string, scratch: string, sweeper: string): Promise<void> {
  const sweepOnce = sweeping(sweeper);
  const sweepOf = async (dataset: Dataset, name: string): Promise<Swept> => {
    await using prometheus = await prometheusOn(await datasetFolder(cache, dataset));
    await sweepOnce(prometheus.url, "none", endMs);
    let index = 0;
    return await best(
      async () => await sweepOnce(prometheus.url, path.join(scratch, `${name}-${index++}`), endMs),
    );
  };
  const few = await sweepOf(FEW, "few");
  const many = await sweepOf(MANY, "many");
  console.log("\n14 days, a sample every ten minutes");
  console.log(`1,000 workloads:  ${few.seconds.toFixed(2)} s, ${mebibytes(few)}`);
  console.log(
    `10,000 workloads: ${many.seconds.toFixed(2)} s, ${mebibytes(many)}: ${(many.seconds / few.seconds).toFixed(1)} times as long`,
  );
}

type Sweep = (url: string, store: string, nowMs: number, protocol?: string) => Promise<Swept>;

function sweeping(sweeper: string): Sweep {
  return async (url, store, nowMs, protocol = "auto") => {
    const { stdout } = await execa(process.execPath, [sweeper, url, store, String(nowMs), protocol]);
    return sweptSchema.parse(JSON.parse(stdout));
  };
}

/** Remote read of both metrics, namespace by namespace, with every byte thrown away. */
async function receive(url: string): Promise<Measured> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const endpoint = openEndpoint({ url });
  const namespaces = [...new Set(workloadsOf(MINUTES).map(({ namespace }) => namespace))];
  // As the sweep reads: whole days, and what leads up to them.
  const window = { startMs: Math.floor(endMs / DAY_MS - 14) * DAY_MS - LEAD_MS, endMs };
  await Promise.all(
    namespaces.map(async (namespace) => {
      const queries = ["container_cpu_usage_seconds_total", "container_memory_working_set_bytes"].map(
        (metric) => ({ metric, matchers: [{ label: "namespace", is: namespace }] }),
      );
      await remoteRead(endpoint, queries, window, async (chunks) => {
        for await (const chunk of chunks) void chunk;
      });
    }),
  );
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, cpuSeconds: (user + system) / 1e6, ...endpoint.cost };
}

const KRR_WORKERS = 10;

async function krrOnce(
  url: string,
  workloads: ReturnType<typeof workloadsOf>,
): Promise<Measured | undefined> {
  const [program, ...args] = (process.env["KRR"] ?? "").split(" ").filter((word) => word !== "");
  if (program === undefined) return undefined;
  await using api = await KubernetesApiServer.start(await makeCertificates());
  api.add("apps/v1/deployments", ...workloads.map(deploymentObject));
  api.add("v1/pods", ...workloads.map(podObject));
  const before = await answered(url);
  const started = performance.now();
  await execa(program, [
    ...args,
    "simple",
    "--prometheus-url",
    url,
    "--history_duration",
    "336",
    "--max-workers",
    String(KRR_WORKERS),
    "--formatter",
    "json",
    "--quiet",
    "--resource",
    "Deployment",
    "--kubeconfig",
    await api.kubeconfig(),
  ]);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, requests: (await answered(url)) - before };
}

function deploymentObject(workload: ReturnType<typeof workloadsOf>[number]): KubernetesObject {
  const object = objectOf(workload);
  const selector = { matchLabels: workload.labels };
  return { ...object, spec: { ...Object(object["spec"]), selector } };
}

function podObject(workload: ReturnType<typeof workloadsOf>[number]): KubernetesObject {
  const { namespace, labels, name } = workload;
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: replicaSetOf(workload), uid: name };
  return {
    metadata: { name: podOf(workload), namespace, labels, ownerReferences: [owner] },
    spec: { containers: [{ name: "app" }] },
    status: { phase: "Running" },
  };
}

/** How many requests to its API the server has answered. */
async function answered(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^prometheus_http_requests_total\{[^}]*handler="\/api[^}]*\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

async function best<Run extends { readonly seconds: number }>(run: () => Promise<Run>): Promise<Run> {
  const runs: Run[] = [];
  for (let time = 0; time < TIMES; time += 1) runs.push(await run());
  return runs.reduce((quickest, one) => (one.seconds < quickest.seconds ? one : quickest));
}

function mebibytes({ peakBytes }: Swept): string {
  return `${Math.round(peakBytes / 2 ** 20)} MiB`;
}
