import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { sweepCommand } from "../src/cli/sweep.ts";
import { parseConfig } from "../src/config/load.ts";
import { sharedStore, shardOfJob } from "../src/sweep/shards/shard.ts";

const file = path.join(import.meta.dirname, "..", "deploy", "sweep-shards.yaml");
const [config, cron] = parseAllDocuments(await readFile(file, "utf8")).map((one): unknown => one.toJS());
const { data } = z.object({ data: z.object({ "loadline.yaml": z.string() }) }).parse(config);
const container = z.object({ args: z.array(z.string()) });
const job = z
  .object({
    spec: z.object({
      jobTemplate: z.object({
        spec: z.object({
          completionMode: z.literal("Indexed"),
          completions: z.int(),
          parallelism: z.int(),
          template: z.object({ spec: z.object({ containers: z.tuple([container]) }) }),
        }),
      }),
    }),
  })
  .parse(cron).spec.jobTemplate.spec;

describe("deploy/sweep-shards.yaml", () => {
  it("has a configuration that shards can share", () => {
    expect(sharedStore(parseConfig(data["loadline.yaml"], file))).toMatch(/^postgres:/);
  });

  it("runs as many pods as there are shards, each by flags that there are", () => {
    const [{ args }] = job.template.spec.containers;
    expect(args.slice(0, 1)).toEqual(["sweep"]);
    const { operands, unknown } = sweepCommand().parseOptions(args.slice(1));
    expect([operands, unknown]).toEqual([[], []]);
    const of = Number(args.at(-1));
    expect(job.completions).toBe(of);
    expect(job.parallelism).toBeLessThanOrEqual(of);
    expect(shardOfJob(of, { JOB_COMPLETION_INDEX: String(of - 1) })).toEqual({ number: of, of });
  });
});
