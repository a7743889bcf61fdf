import { sameQuantity } from "../domain/quantity.ts";
import { amountOf, RESOURCE_NAMES, type ResourceField } from "../domain/resources.ts";
import { totalRequests } from "../domain/totals.ts";
import { cell, CERTAINTY_STYLE, count, type Paint, painter, paintDiffLine, wrapped } from "./layout.ts";
import type { PlanReport, ReportedContainer } from "./plan-report.ts";
import { printable } from "./printable.ts";

const COLUMNS = [36, 16, 18, 19] as const;
const HEAD = ["WORKLOAD", "CONTAINER", "CPU", "MEMORY"] as const;

/** The plan as a table, totals, and the diff. `colors` only where a person's terminal shows them. */
export function planTable(report: PlanReport, colors: boolean): string {
  const paint = painter(colors);
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
    paint(CERTAINTY_STYLE[source.status], source.status),
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
  return { changed, text: changed ? `${before ?? "—"} → ${after ?? "none"}` : (before ?? "—") };
}

function painted({ text, changed }: Shown, width: number, paint: Paint): string {
  const padded = cell(text, width);
  return changed ? paint("bold", padded) : paint("gray", padded);
}

function explanation(container: ReportedContainer): string[] {
  const { held, urgent, source } = container;
  const reasons = held
    .filter(({ reason }) => reason !== "right-sized")
    .map(({ resource, message }) => `${resource}: ${message}`);
  const raised = urgent.map(({ resource, message }) => `${resource} raised without delay: ${message}`);
  return [...limits(container), ...raised, ...reasons, ...(source.message === null ? [] : [source.message])];
}

/** One line where any of them changes. */
function limits(container: ReportedContainer): string[] {
  const changes = RESOURCE_NAMES.flatMap((name) => {
    const { changed, text } = changeOf(container, `limits.${name}`);
    return changed ? [`${name} ${text}`] : [];
  });
  return changes.length === 0 ? [] : [`limits: ${changes.join(", ")}`];
}

function summary({ containers, proposals, stats }: PlanReport): string[] {
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
    ...(stats.metricsProtocol === ""
      ? []
      : [
          `usage read by ${printable(stats.metricsProtocol)}: ${count(stats.metricsRequests, "request")}, ${(stats.metricsBytes / 1e6).toFixed(1)} MB`,
        ]),
  ];
}

function proposalLines({ title, files }: PlanReport["proposals"][number], paint: Paint): string[] {
  const diff = files.flatMap((file) => file.diff.trimEnd().split(/\r?\n/));
  return ["", paint("bold", printable(title)), ...diff.map((line) => paintDiffLine(printable(line), paint))];
}
