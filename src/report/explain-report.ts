import { z } from "zod";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import type { ExplainedStep } from "../gitops/ask/steps.ts";
import type { Recipe } from "../gitops/recipe.ts";
import type { ScannedContainer } from "../gitops/scan.ts";
import { containerSchema, recipeSchema, reportContainer, reportRecipe } from "./scan-report.ts";

const layerSchema = z.strictObject({
  layer: z.string().describe("What kind of text it is."),
  file: z.string().nullable(),
  keyPath: z.string().nullable().describe("The place in the file that holds it; null where it is all of it."),
  sets: z
    .array(
      z.strictObject({
        container: z.string(),
        resource: z.enum(RESOURCE_FIELDS),
        keyPath: z.string(),
        value: z.string(),
        wins: z.boolean().describe("Whether it is what is rendered."),
      }),
    )
    .describe("What can be told of what it says about these containers."),
});

const stepSchema = z.strictObject({
  tool: z.enum(["plain", "kustomize", "helm"]),
  about: z.string(),
  rendersIt: z.boolean().describe("Whether the workload comes out of this step."),
  layers: z.array(layerSchema).describe("From the weakest to the strongest."),
});

const explainedSchema = recipeSchema.extend({
  steps: z.array(stepSchema).describe("In order; of two objects with one identity the later one counts."),
  containers: z.array(containerSchema),
});

export const explainReportSchema = z
  .strictObject({ version: z.literal(1), workload: z.string(), recipes: z.array(explainedSchema) })
  .describe("What `loadline explain --format json` prints.");

export type ExplainReport = z.infer<typeof explainReportSchema>;
export type ExplainedRecipe = ExplainReport["recipes"][number];

export function explainRecipe(
  recipe: Recipe,
  steps: readonly ExplainedStep[],
  containers: readonly ScannedContainer[],
): ExplainedRecipe {
  return {
    ...reportRecipe(recipe, true),
    steps: steps.map((step) => ({
      ...step,
      layers: step.layers.map(({ layer, file, keyPath, sets }) => ({
        layer,
        file: file ?? null,
        keyPath: keyPath ?? null,
        sets: [...sets],
      })),
    })),
    containers: containers.map(reportContainer),
  };
}
