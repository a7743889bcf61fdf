import { amountOf } from "../domain/resources.ts";
import { beside, cell, CERTAINTY_STYLE, count, type Paint, painter, wrapped } from "./layout.ts";
import { printable } from "./printable.ts";
import type { ReportedField, ReportedRecipe, ScannedReport, ScanReport } from "./scan-report.ts";

const [STATUS, RESOURCE, AMOUNT] = [10, 17, 12];

/** By recipe its containers, and for each number the line that sets it or why none does. */
export function scanTable({ recipes, containers, stats }: ScanReport, colors: boolean): string {
  const paint = painter(colors);
  const byRecipe = Map.groupBy(containers, ({ recipe }) => recipe);
  const refused = recipes.filter(({ status }) => status === "refused").length;
  const lines = containers.flatMap(({ fields }) => fields).filter(({ status }) => status !== "refused");
  return [
    ...recipes.flatMap((recipe) => [
      ...recipeLines(recipe, paint),
      ...wrappedReason(recipe.message, "  ", paint),
      ...(byRecipe.get(recipe.id) ?? []).flatMap((container) => containerLines(container, paint)),
      "",
    ]),
    `${count(recipes.length, "recipe")}${refused > 0 ? ` (${refused} refused)` : ""}, ${count(containers.length, "container")}, a line for ${lines.length} of ${count(containers.length * 4, "number")}`,
    `${count(stats.files, "file")}, ${count(stats.renders, "render")}, ${stats.seconds.toFixed(1)} s`,
    "",
  ].join("\n");
}

/** Status and id, which is broken before the part that says who delivers it where it is too long. */
export function recipeLines({ id, status }: ReportedRecipe, paint: Paint): string[] {
  const lines = beside(cell(status, STATUS), printable(id).replaceAll("@", " @"));
  const [first = "", ...more] = lines.map((line) => line.replaceAll(/(?<=\S) @/g, "@"));
  const head = paint(CERTAINTY_STYLE[status], first.slice(0, STATUS));
  return [head + paint("bold", first.slice(STATUS)), ...more.map((line) => paint("bold", line))];
}

function containerLines(found: ScannedReport, paint: Paint): string[] {
  const { kind, namespace, workload, container, init } = found;
  const name = `${kind}/${namespace ?? ""}/${workload}  ${container}${init ? " (init)" : ""}`;
  return [`  ${printable(name)}`, ...fieldLines(found, noteOf, paint)];
}

/** A line for each number: what it is, and what is to say of it. */
export function fieldLines(
  { fields, current }: ScannedReport,
  note: (field: ReportedField) => string,
  paint: Paint,
): string[] {
  return fields.flatMap((field) => {
    const amount = amountOf(current, field.resource) ?? "—";
    const head = `    ${cell(field.resource, RESOURCE)}${cell(printable(amount), AMOUNT)}`;
    const lines = beside(head, printable(note(field)));
    return field.status === "refused" ? lines.map((line) => paint("gray", line)) : lines;
  });
}

export function wrappedReason(message: string | null, indent: string, paint: Paint): string[] {
  return message === null ? [] : wrapped(printable(message), indent).map((line) => paint("gray", line));
}

function noteOf({ status, file, line, present, feeds, message }: ReportedField): string {
  if (status === "refused") return `refused: ${message ?? ""}`;
  const extras = [
    ...(present ? [] : ["not set"]),
    ...(feeds.length > 1 ? [`feeds ${count(feeds.length, "container")}`] : []),
    ...(status === "probable" ? [`probable: ${message ?? ""}`] : []),
  ];
  return `${file ?? ""}:${line ?? ""}${extras.length > 0 ? ` (${extras.join("; ")})` : ""}`;
}
