import { baseUnits } from "../../domain/quantity.ts";
import type { ResourceName } from "../../domain/resources.ts";
import type { PlannedContainer, UsageSummary } from "../evidence.ts";
import { code } from "../markdown.ts";
import { weight } from "../totals.ts";
import { changedRequests, LABEL, nameOf, severalClusters } from "./words.ts";

/** Charts of the container that changes most; nothing where too few days were seen. */
export function plots(changed: readonly PlannedContainer[]): string {
  const [first] = changed.toSorted((a, b) => weight(b) - weight(a));
  if (!first) return "";
  const charts = changedRequests(first).flatMap(({ resource, before, after }) => {
    const measured = first.usage[resource];
    if (!measured || measured.days.length < 2) return [];
    return [
      chart(resource, measured, before === undefined ? undefined : baseUnits(before), baseUnits(after)),
    ];
  });
  if (charts.length === 0) return "";
  return [
    "<details><summary>Use by day, against the request now and proposed</summary>",
    "",
    `${code(nameOf(first))}${severalClusters(changed) ? ` in ${code(first.cluster)}` : ""}, which changes most:`,
    "",
    charts.join("\n\n"),
    "",
    "</details>",
  ].join("\n");
}

const UNIT: Readonly<Record<ResourceName, { readonly name: string; readonly size: number }>> = {
  cpu: { name: "millicores", size: 0.001 },
  memory: { name: "MiB", size: 2 ** 20 },
};

/** Of the bars, the line of use, and the requests proposed and now. */
const COLORS = { peak: "#b6d4fe", p95: "#0d6efd", proposed: "#198754", now: "#dc3545" };

const STYLE = JSON.stringify({
  xyChart: { width: 860, height: 300, titleFontSize: 16 },
  themeVariables: { xyChart: { plotColorPalette: Object.values(COLORS).join(", ") } },
});

/**
 * A chart of Mermaid, which GitHub draws. It has no legend, so the title tells the lines apart by their colors.
 * Nothing from outside is written into it but numbers.
 */
function chart(
  resource: ResourceName,
  { days }: UsageSummary,
  now: number | undefined,
  proposed: number,
): string {
  const { name, size } = UNIT[resource];
  const numbers = (values: readonly number[]): string =>
    values.map((value) => Math.ceil(value / size)).join(", ");
  const flat = (value: number): string => numbers(days.map(() => value));
  const labels = days.map(({ day }) => `"${new Date(day * 86_400_000).toISOString().slice(5, 10)}"`);
  const highest = Math.max(proposed, now ?? 0, ...days.map(({ max }) => max));
  return [
    "```mermaid",
    `%%{init: ${STYLE}}%%`,
    "xychart-beta",
    `  title "${LABEL[resource]} in ${name}: peak (bars), p95 (blue), request proposed (green)${now === undefined ? "" : " and now (red)"}"`,
    `  x-axis [${labels.join(", ")}]`,
    `  y-axis 0 --> ${Math.ceil((highest / size) * 1.05)}`,
    `  bar [${numbers(days.map(({ max }) => max))}]`,
    `  line [${numbers(days.map(({ p95 }) => p95))}]`,
    `  line [${flat(proposed)}]`,
    ...(now === undefined ? [] : [`  line [${flat(now)}]`]),
    "```",
  ].join("\n");
}
