import { stringify as stringifyCsv } from "csv-stringify/sync";
import { stringify as stringifyYaml } from "yaml";
import { code, table } from "../proposals/markdown.ts";
import type { PlanReport, ReportedContainer } from "./plan-report.ts";
import { planTable } from "./terminal.ts";

export const PLAN_FORMATS = ["table", "json", "yaml", "markdown", "csv"] as const;
export type PlanFormat = (typeof PLAN_FORMATS)[number];

/** The report as text that ends with a newline. */
export function formatPlan(report: PlanReport, format: PlanFormat, colors: boolean): string {
  switch (format) {
    case "table":
      return planTable(report, colors);
    case "json":
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case "yaml":
      return stringifyYaml(report, { aliasDuplicateObjects: false });
    case "markdown":
      return markdown(report);
    case "csv":
      return stringifyCsv(report.containers.map(flat), {
        header: true,
        columns: Object.keys(COLUMNS),
        escape_formulas: true,
      });
  }
}

/** One flat row a container, for spreadsheets. */
const COLUMNS: Readonly<Record<string, (container: ReportedContainer) => string | number | null>> = {
  cluster: ({ cluster }) => cluster,
  namespace: ({ namespace }) => namespace,
  kind: ({ kind }) => kind,
  workload: ({ workload }) => workload,
  container: ({ container }) => container,
  init: ({ init }) => String(init),
  replicas: ({ replicas }) => replicas,
  requests_cpu: ({ current }) => current.requests.cpu ?? null,
  requests_memory: ({ current }) => current.requests.memory ?? null,
  limits_cpu: ({ current }) => current.limits.cpu ?? null,
  limits_memory: ({ current }) => current.limits.memory ?? null,
  recommended_requests_cpu: ({ recommended }) => recommended?.requests.cpu ?? null,
  recommended_requests_memory: ({ recommended }) => recommended?.requests.memory ?? null,
  recommended_limits_cpu: ({ recommended }) => recommended?.limits.cpu ?? null,
  recommended_limits_memory: ({ recommended }) => recommended?.limits.memory ?? null,
  confidence: ({ confidence }) => confidence,
  status: ({ source }) => source.status,
  reason: ({ source }) => source.reason,
  repository: ({ source }) => source.repository,
  file: ({ source }) => source.file,
  line: ({ source }) => source.line,
  held: ({ held }) => held.map(({ resource, reason }) => `${resource}: ${reason}`).join("; "),
};

function flat(container: ReportedContainer): Record<string, string | number | null> {
  return Object.fromEntries(Object.entries(COLUMNS).map(([column, value]) => [column, value(container)]));
}

function markdown({ containers, proposals, cluster, window }: PlanReport): string {
  const change = (container: ReportedContainer, resource: "cpu" | "memory"): string => {
    const before = container.current.requests[resource] ?? "—";
    const after = container.recommended?.requests[resource];
    return after === undefined || after === before ? code(before) : `${code(before)} → **${code(after)}**`;
  };
  const rows = containers.map((container) => [
    code(`${container.kind}/${container.namespace}/${container.workload}`),
    code(container.container),
    change(container, "cpu"),
    change(container, "memory"),
    container.source.file === null ? "" : code(`${container.source.file}:${container.source.line}`),
    container.source.status,
  ]);
  const fence = "`".repeat(
    Math.max(3, ...proposals.flatMap(({ files }) => files.map(({ diff }) => longestRun(diff) + 1))),
  );
  return [
    `## Requests and limits of ${code(cluster)}`,
    `Usage from ${window.start} to ${window.end}.`,
    table(["workload", "container", "CPU", "memory", "line", "certainty"], rows),
    ...proposals.flatMap(({ title, files }) => [
      `### ${code(title)}`,
      ...files.map(({ diff }) => `${fence}diff\n${diff.trimEnd()}\n${fence}`),
    ]),
  ]
    .join("\n\n")
    .concat("\n");
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
