import { Cron } from "croner";
import { z } from "zod";
import { CHECKS_FAIL_ON } from "./checks.ts";
import { GROUPINGS, USUAL_GROUPING } from "../domain/grouping.ts";
import { parseDuration } from "../domain/duration.ts";
import { clusterSchema } from "./cluster.ts";
import { commandsSchema } from "./commands.ts";
import { environmentsSchema } from "./environments.ts";
import { notificationsSchema } from "./notifications.ts";
import { policiesSchema } from "./policies.ts";
import { policySchema } from "./policy.ts";
import { duration, name } from "./scalars.ts";

const repositoryName = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "is written owner/name");

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
    presets: z
      .array(repositoryName)
      .default([])
      .describe(
        "Repositories of other owners from which a repository's own file may take presets (`extends`); those of its own owner it always may.",
      ),
    network: z
      .boolean()
      .default(false)
      .describe("Fetch remote charts and bases by exact version; without it what needs them is refused."),
    policy: policySchema.prefault({}),
    policies: policiesSchema,
    onboarding: z
      .boolean()
      .default(true)
      .describe(
        "A repository without .github/loadline.yml first gets one pull request that adds it, and nothing else until that is merged.",
      ),
    checks: z
      .enum(["own", "all"])
      .default("own")
      .describe(
        "Which pull requests get a check run: Loadline's own, or with `all` also those of others that change requests or limits as they are rendered.",
      ),
    checksFailOn: z
      .enum(CHECKS_FAIL_ON)
      .default("none")
      .describe(
        "From which level on the check run of others' pull requests fails; with `none` it never stands in the way.",
      ),
    commands: commandsSchema,
    store: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Where days that were read are kept: a folder, a postgres:// address, or `none`; by custom a folder of the user's cache.",
      ),
    audit: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file to which every decision is added as a line of JSON; by custom `audit.jsonl` in the store where that is a folder, else decisions are in the log alone.",
      ),
    pullRequests: z
      .strictObject({
        groupBy: z
          .enum(GROUPINGS)
          .default(USUAL_GROUPING)
          .describe(
            "What gets a pull request of its own; `team` is who owns the touched files by CODEOWNERS. What changes the same file goes together.",
          ),
        limits: z
          .strictObject({
            open: z.int().min(0).default(10).describe("At the same time."),
            perHour: z.int().min(0).default(2),
            perDay: z.int().min(0).default(10),
          })
          .prefault({})
          .describe("How many pull requests a repository gets; what hurts and what saves most comes first."),
        openWhen: z
          .string()
          .refine(isCron, "is no cron expression such as * 9-16 * * 1-5")
          .optional()
          .describe("Minutes at which they may be opened, as a cron expression in the schedule's time zone."),
        merge: z
          .strictObject({
            soak: duration.default("24h").describe("Open for so long before."),
            largestDecreasePercent: z
              .number()
              .min(0)
              .max(100)
              .default(30)
              .describe("What takes away more waits for a person."),
            when: z
              .string()
              .refine(isCron, "is no cron expression such as * 9-16 * * 1-5")
              .optional()
              .describe("Minutes at which it may be, in the schedule's time zone."),
          })
          .prefault({})
          .describe(
            "What `mode: auto` merges by itself, once checks have passed: only what is proven, and only containers that a merged pull request changed before.",
          ),
      })
      .prefault({})
      .describe("How many pull requests there are, and when."),
    environments: environmentsSchema,
    notifications: notificationsSchema,
    dashboard: z
      .boolean()
      .default(false)
      .describe(
        "One issue in each repository that lists what is open, waiting, declined and held, with boxes to tick.",
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
        followEvery: duration
          .refine((text) => (parseDuration(text) ?? 0) >= 30, "is less than 30s")
          .refine((text) => (parseDuration(text) ?? 0) <= 86_400, "is more than 1d")
          .default("5m")
          .describe("How often `loadline serve` looks at merged pull requests between sweeps."),
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
    const selecting = [
      ...config.policies.map(
        ({ selector }, index) => [selector.clusters, ["policies", index, "selector"]] as const,
      ),
      ...config.environments.map(({ clusters }, index) => [clusters, ["environments", index]] as const),
    ];
    for (const [clusters, at] of selecting)
      for (const [place, cluster] of (clusters ?? []).entries())
        if (!known.has(cluster))
          context.addIssue({
            code: "custom",
            path: [...at, "clusters", place],
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
