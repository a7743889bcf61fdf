import type { ExplainedRecipe, ExplainReport } from "./explain-report.ts";
import { beside, type Paint, painter, wrapped } from "./layout.ts";
import { printable } from "./printable.ts";
import type { ReportedField } from "./scan-report.ts";
import { liveLines } from "./explain-live-text.ts";
import { fieldLines, recipeLines, wrappedReason } from "./scan-table.ts";

/** The whole chain as text: each recipe, its layers in order, and for each number which place wins and why. */
export function explainText({ workload, live, recipes }: ExplainReport, colors: boolean): string {
  const paint = painter(colors);
  return [
    paint("bold", printable(workload)),
    ...(live ? liveLines(live, paint) : []),
    ...recipes.flatMap((recipe) => ["", ...explained(recipe, paint)]),
    "",
  ].join("\n");
}

function explained(recipe: ExplainedRecipe, paint: Paint): string[] {
  const { steps, containers, message } = recipe;
  const several = containers.length > 1;
  return [
    ...recipeLines(recipe, paint),
    ...wrappedReason(message, "  ", paint),
    ...steps.flatMap((step, index) => [
      ...beside(
        `  step ${index + 1}  `,
        printable(`${step.tool}: ${step.about}${step.rendersIt ? "" : " (the workload is of another step)"}`),
      ),
      ...(step.layers.length > 1 ? ["    from the weakest layer to the strongest:"] : []),
      ...step.layers.flatMap((layer, place) => layerLines(layer, `    ${place + 1} `, several, paint)),
    ]),
    ...containers.flatMap((container) => [
      `  container ${printable(container.container)}${container.init ? " (init)" : ""}`,
      ...fieldLines(container, (field) => noteOf(field, recipe), paint),
    ]),
  ];
}

type Layer = ExplainedRecipe["steps"][number]["layers"][number];

function layerLines(
  { layer, file, keyPath, sets }: Layer,
  head: string,
  several: boolean,
  paint: Paint,
): string[] {
  const place = [file, keyPath].filter((part) => part !== null).join(" ");
  return [
    ...beside(head, printable(`${place} (${layer})`)),
    ...sets.flatMap(({ container, resource, value, wins }) => {
      const text = `${several ? `${container}: ` : ""}${resource} ${value}${wins ? "" : ", hidden by a stronger layer"}`;
      const lines = wrapped(printable(text), "        ");
      return wins ? lines : lines.map((line) => paint("gray", line));
    }),
  ];
}

function noteOf({ status, message, ...field }: ReportedField, recipe: ExplainedRecipe): string {
  if (status === "refused") return `can't be changed: ${message ?? "no place was found"}`;
  const place = `${field.file ?? ""}:${field.line ?? ""}:${field.column ?? ""}`;
  const others = field.feeds.filter((ref) => !isOf(ref, recipe)).map(describeRef);
  const siblings = field.feeds.filter((ref) => isOf(ref, recipe)).map(({ container }) => container);
  const also = [...(siblings.length > 1 ? [`the containers ${siblings.join(", ")}`] : []), ...others];
  return [
    `${field.present ? "" : "not set; it would be added at "}${place} ${field.keyPath ?? ""} (${field.layer ?? ""})`,
    ...(also.length > 0 ? [`feeds ${siblings.length > 1 ? "" : "also "}${also.join(", ")}`] : []),
    ...(status === "probable" ? [`probable: ${message ?? ""}`] : []),
  ].join("; ");
}

type Ref = ReportedField["feeds"][number];

function isOf({ recipe, workload }: Ref, { id, containers }: ExplainedRecipe): boolean {
  return (
    recipe === id &&
    containers.some((one) => workload === `${one.kind}/${one.namespace ?? ""}/${one.workload}`)
  );
}

function describeRef({ recipe, workload, container }: Ref): string {
  return `${workload} ${container} (${recipe})`;
}
