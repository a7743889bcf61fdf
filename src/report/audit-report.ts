import { stringify as stringifyCsv } from "csv-stringify/sync";
import { z } from "zod";
import { type AuditEntry, auditEntrySchema } from "../audit/entry.ts";
import { printable } from "./printable.ts";

export const auditReportSchema = z
  .strictObject({
    version: z.literal(1),
    entries: z.array(auditEntrySchema).describe("The oldest first."),
    unreadable: z.int().describe("Lines that are no entry: cut off, or of a later version."),
  })
  .describe("What `loadline audit --format json` prints.");

export type AuditReport = z.infer<typeof auditReportSchema>;

export const AUDIT_FORMATS = ["table", "json", "csv"] as const;

export function formatAudit(report: AuditReport, format: (typeof AUDIT_FORMATS)[number]): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case "csv":
      return stringifyCsv(report.entries.map(flat), {
        header: true,
        columns: COLUMNS,
        escape_formulas: true,
      });
    case "table":
      return report.entries.map((entry) => `${line(entry)}\n`).join("");
  }
}

const COLUMNS = [
  "at",
  "actor",
  "action",
  "command",
  "repository",
  "number",
  "workloads",
  "evidence",
  "outcome",
];

function flat(entry: AuditEntry): Record<string, unknown> {
  return { ...entry, workloads: entry.workloads.join("; ") };
}

function line({ at, actor, action, command, repository, number, workloads, outcome }: AuditEntry): string {
  const what =
    command === null ? action : action === "ticked" ? `${action} ${command}` : `/loadline ${command}`;
  const where = number === null ? repository : `${repository}#${number}`;
  const of =
    workloads.length === 0
      ? []
      : [workloads.length === 1 ? `${workloads[0]}` : `${workloads.length} containers`];
  const result = outcome === "done" ? [] : [outcome];
  return printable([at.slice(0, 19).replace("T", " "), actor, where, what, ...result, ...of].join("  "));
}
