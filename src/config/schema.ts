import { Cron } from "croner";
import { z } from "zod";
import { baseUnits } from "../domain/quantity.ts";
import { clusterSchema } from "./cluster.ts";
import { duration, name, quantity } from "./scalars.ts";

const repositoryName = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "is written owner/name");

const bounds = z
  .strictObject({
    min: quantity.describe("Never less than this."),
    max: quantity.describe("Never more than this."),
  })
  .refine(({ min, max }) => baseUnits(min) <= baseUnits(max), { message: "is more than max", path: ["min"] });

const policySchema = z
  .strictObject({
    percentile: z
      .number()
      .min(1)
      .max(100)
      .default(95)
      .describe("Of all samples, the share in percent below the request, before the safety factor."),
    safetyFactor: z
      .strictObject({
        cpu: z.number().min(1).max(10).default(1.2),
        memory: z.number().min(1).max(10).default(1.2),
      })
      .prefault({})
      .describe("What the percentile is multiplied by."),
    bounds: z
      .strictObject({
        cpu: bounds.default({ min: "10m", max: "32" }),
        memory: bounds.default({ min: "32Mi", max: "256Gi" }),
      })
      .prefault({})
      .describe("Requests are never recommended outside these."),
    minimumChangePercent: z
      .number()
      .min(0)
      .max(1000)
      .default(10)
      .describe("Smaller changes are not worth a review."),
    window: duration.default("14d").describe("How far back usage is read."),
    minimumHistory: duration.default("24h").describe("Less history gives no recommendation."),
    minimumSamples: z.number().int().min(1).default(100).describe("Fewer samples give no recommendation."),
    minimumCertainty: z
      .enum(["proven", "probable"])
      .default("proven")
      .describe("How sure a place in a file must be before a pull request changes it."),
  })
  .describe("How usage becomes a recommendation, and what is worth a pull request.");

const repositorySchema = z.strictObject({
  name: repositoryName.describe("owner/name on GitHub."),
  clusters: z
    .array(name)
    .optional()
    .describe("Clusters that run what this repository declares; all where left out."),
  paths: z
    .array(z.string())
    .default(["**"])
    .describe(
      "Globs of the sources that count: folders of kustomizations and charts, files of Applications and releases, plain manifests; one with ! in front takes away.",
    ),
});

export const configSchema = z
  .strictObject({
    version: z.literal(1).describe("Of this format."),
    clusters: z.array(clusterSchema).min(1).describe("Where workloads run and are measured."),
    repositories: z.array(repositorySchema).default([]).describe("Where their manifests live."),
    network: z
      .boolean()
      .default(false)
      .describe("Fetch remote charts and bases by exact version; without it what needs them is refused."),
    policy: policySchema.prefault({}),
    store: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Where days that were read are kept: a folder, a postgres:// address, or `none`; by custom a folder of the user's cache.",
      ),
    schedule: z
      .strictObject({
        cron: z
          .string()
          .refine(isCron, "is no cron expression such as 0 6 * * 1-5")
          .default("0 6 * * 1-5")
          .describe("When `loadline serve` sweeps."),
        timezone: z
          .string()
          .refine(isTimeZone, "is no time zone such as Europe/Berlin")
          .default("UTC")
          .describe("IANA name, such as Europe/Berlin."),
      })
      .prefault({})
      .describe("Only for `loadline serve`."),
  })
  .superRefine((config, context) => {
    const known = new Set(config.clusters.map((cluster) => cluster.name));
    for (const [index, repository] of config.repositories.entries())
      for (const [place, cluster] of (repository.clusters ?? []).entries())
        if (!known.has(cluster))
          context.addIssue({
            code: "custom",
            path: ["repositories", index, "clusters", place],
            message: `names the cluster "${cluster}", which is not in clusters: ${[...known].join(", ")}`,
          });
    for (const [field, items] of [
      ["clusters", config.clusters],
      ["repositories", config.repositories],
    ] as const)
      for (const [index, item] of items.entries())
        if (items.findIndex((other) => sameName(other.name, item.name)) < index)
          context.addIssue({
            code: "custom",
            path: [field, index, "name"],
            message: `"${item.name}" is there twice`,
          });
  })
  .describe("Loadline's configuration file, loadline.yaml.");

export type Config = z.infer<typeof configSchema>;
export type ClusterConfig = Config["clusters"][number];
export type RepositoryConfig = Config["repositories"][number];
export type PolicyConfig = Config["policy"];
export type PrometheusConfig = NonNullable<ClusterConfig["prometheus"]>[number];

/** GitHub does not tell upper from lower case. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function isCron(text: string): boolean {
  try {
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
