import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { parseDuration, type Window } from "../src/domain/duration.ts";
import type { Resources } from "../src/domain/resources.ts";
import { WORKLOAD_KINDS, workloadKey } from "../src/domain/workload.ts";
import { directoryTree } from "../src/gitops/directory-tree.ts";
import { workloadObjects } from "../src/manifests/workload-objects.ts";
import { type GeneratedUsage, generateUsage } from "../test/support/usage-generator.ts";

const FIXTURES = path.join(import.meta.dirname, "..", "manifests-fixtures");
export const DEMO_REPOSITORY = path.join(FIXTURES, "demo");

const pattern = z.object({
  shape: z.enum(["steady", "daily", "bursty", "step"]),
  low: z.number(),
  high: z.number().optional(),
});

const usageFile = z.object({
  workloads: z.array(
    z.object({
      namespace: z.string(),
      kind: z.enum(WORKLOAD_KINDS),
      name: z.string(),
      replicas: z.number().default(1),
      generations: z.number().default(1),
      everyHours: z.number().default(6),
      autoscaler: z.object({ name: z.string(), resources: z.array(z.enum(["cpu", "memory"])) }).optional(),
      containers: z.array(
        z.object({
          name: z.string(),
          role: z.enum(["main", "init", "sidecar"]).default("main"),
          image: z.string(),
          cpu: pattern,
          memory: pattern,
        }),
      ),
    }),
  ),
});

/** Usage of the demo's workloads up to `endMs`, and the truth about it. */
export async function recordedUsage(
  endMs: number,
  window: string,
  scrapeSeconds: number,
  /** How many times as much a workload uses, by its key. */
  factors: Readonly<Record<string, number>> = {},
): Promise<GeneratedUsage> {
  const { workloads } = usageFile.parse(
    parse(await readFile(path.join(FIXTURES, "demo-usage.yaml"), "utf8")),
  );
  const declared = await declaredResources();
  const resourcesOf = (key: string, container: string): Resources => {
    const found = declared.get(`${key} ${container}`);
    if (!found) throw new Error(`demo-usage.yaml names ${key} ${container}, which demo/ does not declare`);
    return found;
  };
  const span: Window = { startMs: endMs - (parseDuration(window) ?? 0) * 1000, endMs };
  return generateUsage(
    workloads.map(({ containers, autoscaler, ...workload }) => ({
      ...workload,
      ...(autoscaler ? { autoscaler } : {}),
      containers: containers.map((container) => ({
        ...container,
        cpu: times(container.cpu, factors[workloadKey(workload)] ?? 1),
        memory: times(container.memory, factors[workloadKey(workload)] ?? 1),
        resources: resourcesOf(workloadKey(workload), container.name),
      })),
    })),
    { seed: 7, window: span, scrapeSeconds },
  );
}

function times({ shape, low, high = low }: z.infer<typeof pattern>, factor: number) {
  return { shape, low: low * factor, high: high * factor };
}

/** What the demo's manifests say, by `Kind/namespace/name container`. */
async function declaredResources(): Promise<ReadonlyMap<string, Resources>> {
  const tree = await directoryTree(DEMO_REPOSITORY);
  const declared = new Map<string, Resources>();
  for (const file of (await tree.files()).filter((name) => /\.(?:ya?ml|json)$/.test(name)))
    for (const document of parseAllDocuments(new TextDecoder().decode(await tree.read(file))))
      for (const { kind, namespace = "", name, containers } of workloadObjects(document.toJS()))
        for (const container of containers)
          declared.set(`${workloadKey({ kind, namespace, name })} ${container.name}`, container.resources);
  return declared;
}

/** Writes the recording as gzipped OpenMetrics text. */
export async function writeRecording(usage: GeneratedUsage, file: string): Promise<void> {
  await writeFile(file, await promisify(gzip)([...usage.lines()].join("\n"), { level: 1 }));
}
