import { z } from "zod";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import { describeReason } from "../domain/reason.ts";
import type { Container } from "../domain/workload.ts";
import type { ExplainedStep } from "../gitops/ask/steps.ts";
import type { Recipe } from "../gitops/recipe.ts";
import type { Location } from "../gitops/locate.ts";
import { anyPlace, type ScannedContainer } from "../gitops/scan.ts";
import { deliverySchema, effectSchema, linkSchema, reportDelivery, reportEffects } from "./live-report.ts";
import { resourcesSchema } from "./plan-report.ts";
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

const liveContainerSchema = z.strictObject({
  container: z.string(),
  init: z.boolean().describe("An init container, native sidecars included."),
  current: resourcesSchema.describe("As the cluster has them."),
  status: z.enum(["proven", "probable", "ambiguous", "refused", "unmapped"]),
  reason: z.string().nullable().describe("A stable code."),
  message: z.string().nullable(),
  repository: z.string().nullable(),
  recipe: z.string().nullable(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  chain: z
    .array(linkSchema)
    .describe("What was checked from the object to its line; empty where no GitOps tool speaks of it."),
  effects: z.array(effectSchema).describe("What merging would not do, would undo, or would do later."),
  policy: z
    .strictObject({ name: z.string(), because: z.string() })
    .describe("Which policy is for it, and why that one."),
});

const liveSchema = z.strictObject({
  cluster: z.string(),
  replicas: z.int().nullable(),
  delivery: deliverySchema
    .nullable()
    .describe("What keeps the workload in sync, where the cluster tells; null elsewhere."),
  containers: z.array(liveContainerSchema),
});

export const explainReportSchema = z
  .strictObject({
    version: z.literal(1),
    workload: z.string(),
    live: liveSchema.nullable().describe("As it lives in the cluster of --cluster; null without one."),
    recipes: z.array(explainedSchema),
  })
  .describe("What `loadline explain --format json` prints.");

export type ExplainReport = z.infer<typeof explainReportSchema>;
export type ExplainedLive = NonNullable<ExplainReport["live"]>;
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

/** A container that lives, as it was followed to where it is written. */
export interface FollowedContainer {
  readonly container: Container;
  readonly location: Location;
  readonly policy: { readonly name: string; readonly because: string };
}

export function explainLive(
  cluster: string,
  replicas: number | undefined,
  containers: readonly FollowedContainer[],
): ExplainedLive {
  const [first] = containers;
  return {
    cluster,
    replicas: replicas ?? null,
    delivery: reportDelivery(first?.location.live),
    containers: containers.map(({ container, location, policy }) => {
      const at = "at" in location ? location.at : undefined;
      const place = at && anyPlace(at);
      return {
        container: container.name,
        init: container.role !== "main",
        current: container.resources,
        status: location.status,
        reason: location.reason?.code ?? null,
        message: location.reason ? describeReason(location.reason) : null,
        repository: at?.repository ?? null,
        recipe: at?.recipe.id ?? null,
        file: place?.file ?? null,
        line: place?.line ?? null,
        chain: [...(location.live?.links ?? [])],
        effects: reportEffects(location.live),
        policy: { ...policy },
      };
    }),
  };
}
