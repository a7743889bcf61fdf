import { z } from "zod";
import { describeReason } from "../domain/reason.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import type { Recipe } from "../gitops/recipe.ts";
import type { Field, ScannedContainer } from "../gitops/scan.ts";
import type { RepositoryScan } from "../gitops/scan-repository.ts";
import { formatPlace } from "../gitops/trace/place.ts";
import { resourcesSchema } from "./plan-report.ts";

const status = z.enum(["proven", "probable", "refused"]);
const reason = z.string().nullable().describe("A stable code; null where there is nothing to say.");
const message = z.string().nullable().describe("The reason as a sentence for people.");

export const recipeSchema = z.strictObject({
  id: z.string().describe("Unique in the repository; what --source takes."),
  kind: z.string(),
  path: z.string().describe("A folder, empty for the root, or the file that declares it."),
  status: status.describe("proven: rendered; refused: recognised, and not rendered."),
  reason,
  message,
});

export const fieldSchema = z.strictObject({
  resource: z.enum(RESOURCE_FIELDS),
  status,
  reason,
  message,
  file: z.string().nullable(),
  line: z.int().nullable().describe("Counted from 1; where it is missing, of what should hold it."),
  column: z.int().nullable(),
  keyPath: z.string().nullable().describe("Behind a |, inside of a block of text."),
  layer: z.string().nullable(),
  present: z.boolean().describe("Whether the file sets the number; else it would be added there."),
  feeds: z
    .array(z.strictObject({ recipe: z.string(), workload: z.string(), container: z.string() }))
    .describe("Every container that the place feeds, in all recipes."),
});

export const containerSchema = z.strictObject({
  recipe: z.string().describe("The id of the recipe that renders it."),
  namespace: z.string().nullable().describe("null where nothing says."),
  kind: z.string(),
  workload: z.string(),
  container: z.string(),
  init: z.boolean().describe("An init container, native sidecars included."),
  current: resourcesSchema.describe("As they are rendered."),
  fields: z.array(fieldSchema).describe("One for each number."),
});

const probableSchema = z.strictObject({
  recipe: z.string(),
  release: z.string(),
  namespace: z.string().nullable(),
  current: resourcesSchema,
  fields: z.array(fieldSchema).describe("Those that the release's values set."),
});

export const statsSchema = z.strictObject({
  renders: z.int().describe("How often a program rendered something."),
  files: z.int().describe("Files of the repository."),
  seconds: z.number(),
});

export const scanReportSchema = z
  .strictObject({
    version: z.literal(1),
    recipes: z.array(recipeSchema),
    containers: z.array(containerSchema),
    probable: z
      .array(probableSchema)
      .describe(
        "Resources in the values of releases whose charts are not here; what they feed is not known.",
      ),
    stats: statsSchema,
  })
  .describe("What `loadline scan --format json` prints.");

export type ScanReport = z.infer<typeof scanReportSchema>;
export type ReportedRecipe = z.infer<typeof recipeSchema>;
export type ScanStats = z.infer<typeof statsSchema>;
export type ReportedField = z.infer<typeof fieldSchema>;
export type ScannedReport = z.infer<typeof containerSchema>;

export function scanReport(scan: RepositoryScan, stats: ScanStats): ScanReport {
  const known = new Set([...scan.containers, ...scan.probable].map(({ recipe }) => recipe.id));
  return {
    version: 1,
    recipes: scan.recipes.map((recipe) => reportRecipe(recipe, known.has(recipe.id))),
    containers: scan.containers.map(reportContainer),
    probable: scan.probable.map((one) => ({
      recipe: one.recipe.id,
      release: one.release,
      namespace: one.namespace ?? null,
      current: one.current,
      fields: one.fields.map(reportField),
    })),
    stats,
  };
}

/** One that is not rendered, and of which something is known all the same, is probable. */
export function reportRecipe({ id, kind, path, refused }: Recipe, traced: boolean): ReportedRecipe {
  const known = { id, kind, path };
  if (!refused) return { ...known, status: "proven", reason: null, message: null };
  const found = traced ? "probable" : "refused";
  return { ...known, status: found, reason: refused.code, message: describeReason(refused) };
}

export function reportContainer(at: ScannedContainer): ScannedReport {
  return {
    recipe: at.recipe.id,
    namespace: at.namespace ?? null,
    kind: at.kind,
    workload: at.workload,
    container: at.container,
    init: at.role !== "main",
    current: at.current,
    fields: RESOURCE_FIELDS.map((resource) => reportField(at.fields[resource])),
  };
}

function reportField(field: Field): ReportedField {
  const { resource, status, reason } = field;
  const said = {
    resource,
    status,
    reason: reason?.code ?? null,
    message: reason ? describeReason(reason) : null,
  };
  if (field.status === "refused")
    return {
      ...said,
      file: field.reason.file ?? null,
      line: field.reason.line ?? null,
      column: null,
      keyPath: null,
      layer: null,
      present: false,
      feeds: [],
    };
  const { file, line, column, layer, present, feeds } = field.place;
  return {
    ...said,
    file,
    line,
    column,
    keyPath: formatPlace(field.place),
    layer,
    present,
    feeds: [...feeds],
  };
}
