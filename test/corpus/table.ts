import type { Counts, Measured } from "./measure.ts";

/** What came of a folder. */
export type Outcome =
  | { readonly folder: string; readonly measured: Measured }
  | { readonly folder: string; readonly crashed: string };

const COLUMNS: readonly (readonly [string, (measured: readonly Measured[]) => string | number])[] = [
  ["Files", (all) => sum(all, ({ files }) => files)],
  ["Recipes rendered", (all) => sum(all, ({ recipes }) => total(recipes.rendered))],
  ["Recipes refused", (all) => sum(all, ({ recipes }) => total(recipes.refused))],
  ["Containers", (all) => sum(all, ({ containers }) => containers)],
  ["Fields proven", (all) => sum(all, ({ fields }) => fields.proven)],
  ["Probable", (all) => sum(all, ({ fields }) => fields.probable)],
  ["Refused", (all) => sum(all, ({ fields }) => total(fields.refused))],
  ["Changes proven", (all) => sum(all, ({ changes }) => changes.proven)],
  ["Changes refused", (all) => sum(all, ({ changes }) => total(changes.refused))],
  ["Collateral lines", (all) => sum(all, ({ collateral }) => collateral.length)],
  ["Proofs failed", (all) => sum(all, ({ failed }) => failed.length)],
  ["Renders", (all) => sum(all, ({ renders }) => renders)],
  ["Find s", (all) => sum(all, ({ seconds }) => seconds.find).toFixed(1)],
  ["Scan s", (all) => sum(all, ({ seconds }) => seconds.scan).toFixed(1)],
  ["Set s", (all) => sum(all, ({ seconds }) => seconds.set).toFixed(1)],
  ["Peak MiB", (all) => Math.max(0, ...all.map(({ peakMemory }) => peakMemory))],
];

/** Markdown: a row for each repository and one for all, then what was refused and why. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const measured = outcomes.flatMap((one) => ("measured" in one ? [one.measured] : []));
  const crashed = outcomes.flatMap((one) => ("crashed" in one ? [`- ${one.folder}: ${one.crashed}`] : []));
  const row = (name: string, of: readonly Measured[]): string =>
    `| ${[name, ...COLUMNS.map(([, cell]) => cell(of))].join(" | ")} |`;
  return [
    `| ${["Repository", ...COLUMNS.map(([title]) => title)].join(" | ")} |`,
    `| --- |${" ---: |".repeat(COLUMNS.length)}`,
    ...measured.map((one) => row(one.repository, [one])),
    row("**all**", measured),
    "",
    ...list(
      "Recipes rendered",
      measured.map(({ recipes }) => recipes.rendered),
    ),
    ...list(
      "Recipes refused",
      measured.map(({ recipes }) => recipes.refused),
    ),
    ...list(
      "Fields refused",
      measured.map(({ fields }) => fields.refused),
    ),
    ...list(
      "Changes refused",
      measured.map(({ changes }) => changes.refused),
    ),
    ...(crashed.length > 0 ? ["Crashed:", ...crashed] : []),
  ].join("\n");
}

function list(title: string, counts: readonly Counts[]): string[] {
  const merged: Counts = {};
  for (const [name, times] of counts.flatMap((one) => Object.entries(one)))
    merged[name] = (merged[name] ?? 0) + times;
  const sorted = Object.entries(merged).toSorted(([, a], [, b]) => b - a);
  return [`${title}:`, "", ...sorted.map(([name, times]) => `- ${name}: ${times}`), ""];
}

function sum(all: readonly Measured[], of: (measured: Measured) => number): number {
  return all.reduce((before, one) => before + of(one), 0);
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((before, times) => before + times, 0);
}
