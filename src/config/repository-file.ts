import { isMap, parseDocument } from "yaml";
import { z } from "zod";
import { GROUPINGS } from "../domain/grouping.ts";
import { parseWorkloadKey } from "../domain/workload.ts";
import { CHECKS_FAIL_ON } from "./checks.ts";
import { parseWith } from "./load.ts";
import { widenings, type Widening } from "./narrower.ts";
import { policiesSchema } from "./policies.ts";
import { overridesSchema, type PolicyConfig, policySchema } from "./policy.ts";
import { parsePresetName } from "./preset-name.ts";

/** Where a repository says it. */
export const REPOSITORY_FILE = ".github/loadline.yml";

const ignoredSchema = z.strictObject({
  workload: z
    .string()
    .refine(
      (text) => parseWorkloadKey(text) !== undefined,
      "is written Kind/namespace/name, such as Deployment/shop/api",
    )
    .describe("`Kind/namespace/name`."),
  container: z.string().min(1).max(253).optional().describe("Only this one; all of them where left out."),
  until: z.iso
    .date({ error: "is no date such as 2027-01-31" })
    .optional()
    .describe("The last day on which it counts, by UTC; for good where left out."),
  reason: z.string().max(1000).optional().describe("Why, for people."),
});

/** What a repository may say over the configuration's `policy`. */
export const overridesOfRepository = overridesSchema.extend({
  minimumCertainty: policySchema.shape.minimumCertainty.unwrap().optional(),
});

const presetSchema = z
  .string()
  .refine(
    (text) => parsePresetName(text) !== undefined,
    "is written owner/repo or owner/repo//path@ref, such as acme/presets//teams/shop.yml@v2",
  );

export const repositoryFileSchema = z
  .strictObject({
    version: z.literal(1).describe("Of this format."),
    extends: z
      .union([presetSchema, z.array(presetSchema).max(20)], {
        error: "is neither a preset nor a list of them",
      })
      .optional()
      .describe(
        "Files of this format in other repositories, which count below this one: `owner/repo` (its loadline.yml) or `owner/repo//path@ref`; of several, a later one over an earlier one.",
      ),
    policy: overridesOfRepository
      .prefault({})
      .describe("What counts for this repository's workloads instead of the configuration's `policy`."),
    policies: policiesSchema,
    checks: z
      .literal("own")
      .optional()
      .describe("Only Loadline's own pull requests get a check run, whatever the configuration says."),
    checksFailOn: z
      .enum(CHECKS_FAIL_ON)
      .optional()
      .describe("As in the configuration; the stricter of both counts."),
    groupBy: z
      .enum(GROUPINGS)
      .optional()
      .describe(
        "What gets a pull request of its own, instead of `pullRequests.groupBy` of the configuration.",
      ),
    ignore: z
      .array(ignoredSchema)
      .max(10_000)
      .default([])
      .describe("What is left alone: it is measured, and nothing is proposed for it."),
  })
  .describe("What a repository says of its own workloads, .github/loadline.yml.");

export type RepositoryFile = z.infer<typeof repositoryFileSchema>;

/**
 * Every fault is named as `file:line:column` in one `InputError`. Where the operator's policies are given, the
 * default one first, it is a fault to go beyond them: with `policy` beyond the default one, with one of
 * `policies` beyond each of them.
 */
export function parseRepositoryFile(
  text: string,
  file: string = REPOSITORY_FILE,
  allowed: readonly PolicyConfig[] = [],
): RepositoryFile {
  const schema = repositoryFileSchema.superRefine(({ policy, policies }, context) => {
    const refuse = (at: readonly (string | number)[], found: readonly Widening[]): void => {
      for (const { path, value, way, limit } of found)
        context.addIssue({
          code: "custom",
          path: [...at, ...path],
          message: `${String(value)} is more than the operator's configuration allows, which is ${String(limit)} at the ${way}`,
        });
    };
    refuse(["policy"], beyondAll(policy, allowed.slice(0, 1)));
    for (const [index, rule] of policies.entries()) refuse(["policies", index], beyondAll(rule, allowed));
    // A query reads whatever the operator's Prometheus holds.
    for (const [at, { afterMerge }] of [
      [["policy"], policy] as const,
      ...policies.map((rule, index) => [["policies", index], rule] as const),
    ])
      if (afterMerge?.signals !== undefined)
        context.addIssue({
          code: "custom",
          path: [...at, "afterMerge", "signals"],
          message: "are for the operator's configuration alone",
        });
  });
  return parseWith(schema, text, file);
}

/** Whether a text says of itself that it is of this format; nothing is held against it yet. */
export function isRepositoryFile(text: string): boolean {
  const document = parseDocument(text, { logLevel: "silent" });
  return document.errors.length === 0 && isMap(document.contents) && document.get("version") === 1;
}

/** What goes beyond every one of these policies. */
function beyondAll(own: object, allowed: readonly PolicyConfig[]): Widening[] {
  const [first = [], ...others] = allowed.map((policy) => widenings(own, policy));
  return first.filter(({ path }) =>
    others.every((found) => found.some((other) => other.path.join(".") === path.join("."))),
  );
}
