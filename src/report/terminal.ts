import { styleText } from "node:util";
import { sameQuantity } from "../domain/quantity.ts";
import { amountOf, type ResourceField } from "../domain/resources.ts";
import { totalRequests } from "../domain/totals.ts";
import type { PlanReport, ReportedContainer } from "./plan-report.ts";
import { printable } from "./printable.ts";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** Everything fits a terminal of 100 columns. */
const WIDTH = 100;
const COLUMNS = [36, 16, 18, 19] as const;
const HEAD = ["WORKLOAD", "CONTAINER", "CPU", "MEMORY"] as const;
const STATUS_STYLE: Readonly<Record<ReportedContainer["source"]["status"], Style>> = {
  proven: "green",
  probable: "yellow",
  ambiguous: "yellow",
  refused: "red",
  unmapped: "gray",
};

/** The plan as a table, totals, and the diff. `colors` only where a person's terminal shows them. */
export function planTable(report: PlanReport, colors: boolean): string {
  const paint: Paint = (style, text) => (colors ? styleText(style, text, { validateStream: false }) : text);
  return [
    paint("bold", `${HEAD.map((title, index) => cell(title, COLUMNS[index] ?? 0)).join("")}CERTAINTY`),
    ...report.containers.flatMap((container) => containerLines(container, paint)),
    "",
    ...summary(report),
    ...report.warnings.flatMap((warning) =>
      wrapped(`warning: ${printable(warning)}`, "").map((line) => paint("yellow", line)),
    ),
    ...report.proposals.flatMap((proposal) => proposalLines(proposal, paint)),
    "",
  ].join("\n");
}

function containerLines(container: ReportedContainer, paint: Paint): string[] {
  const { source } = container;
  const [cpu, memory] = [changeOf(container, "requests.cpu"), changeOf(container, "requests.memory")];
  const row = [
    cell(printable(`${container.kind}/${container.namespace}/${container.workload}`), COLUMNS[0]),
    cell(printable(container.container) + (container.init ? " (init)" : ""), COLUMNS[1]),
    painted(cpu, COLUMNS[2], paint),
    painted(memory, COLUMNS[3], paint),
    paint(STATUS_STYLE[source.status], source.status),
  ].join("");
  const place = source.file === null ? [] : wrapped(`${printable(source.file)}:${source.line}`, "  ");
  const why = explanation(container).flatMap((reason) => wrapped(printable(reason), "  "));
  return [row, ...[...place, ...why].map((line) => paint("gray", line))];
}

interface Shown {
  readonly text: string;
  readonly changed: boolean;
}

function changeOf({ current, recommended }: ReportedContainer, field: ResourceField): Shown {
  const [before, after] = [amountOf(current, field), amountOf(recommended ?? current, field)];
  const changed = !sameQuantity(before, after);
  return { changed, text: changed ? `${before ?? "—"} → ${after ?? "—"}` : (before ?? "—") };
}

function painted({ text, changed }: Shown, width: number, paint: Paint): string {
  const padded = cell(text, width);
  return changed ? paint("bold", padded) : paint("gray", padded);
}

/** Cut to leave a blank before the next column. */
function cell(text: string, width: number): string {
  return (text.length < width ? text : `${text.slice(0, width - 2)}…`).padEnd(width);
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}

function explanation({ held, source }: ReportedContainer): string[] {
  const reasons = held
    .filter(({ reason }) => reason !== "right-sized")
    .map(({ resource, message }) => `${resource}: ${message}`);
  return [...reasons, ...(source.message === null ? [] : [source.message])];
}

function summary({ containers, proposals }: PlanReport): string[] {
  const before = totalRequests(
    containers.map(({ current, replicas }) => ({ requests: current.requests, replicas })),
  );
  const after = totalRequests(
    containers.map(({ current, recommended, replicas }) => ({
      requests: (recommended ?? current).requests,
      replicas,
    })),
  );
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  const advised = containers.filter(({ recommended }) => recommended !== null).length;
  return [
    `${count(containers.length, "container")}, ${count(advised, "recommendation")}, ${count(proposals.length, "proposal")}`,
    `requests ${before.cores.toFixed(2)} → ${after.cores.toFixed(2)} cores, ${gib(before.bytes)} → ${gib(after.bytes)} GiB`,
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function proposalLines({ title, files }: PlanReport["proposals"][number], paint: Paint): string[] {
  const diff = files.flatMap((file) => file.diff.trimEnd().split(/\r?\n/));
  return ["", paint("bold", printable(title)), ...diff.map((line) => paintDiffLine(printable(line), paint))];
}

function paintDiffLine(line: string, paint: Paint): string {
  if (line.startsWith("+++") || line.startsWith("---")) return paint("bold", line);
  if (line.startsWith("+")) return paint("green", line);
  if (line.startsWith("-")) return paint("red", line);
  return line.startsWith("@@") ? paint("cyan", line) : line;
}
