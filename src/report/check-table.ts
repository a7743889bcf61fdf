import type { CheckReport, ReportedFinding } from "./check-report.ts";
import { beside, cell, count, type Paint, painter } from "./layout.ts";
import { printable } from "./printable.ts";

const STYLE = { error: "red", warning: "yellow", note: "gray" } as const;
const LEVEL = 9;

/** A finding a line with its place below it, and how many there are. */
export function checkTable({ findings, base, usage }: CheckReport, colors: boolean): string {
  const paint = painter(colors);
  const of = (level: ReportedFinding["level"]): number =>
    findings.filter((finding) => finding.level === level).length;
  const summary =
    findings.length === 0
      ? "No container's requests or limits change"
      : `${count(of("error"), "error")}, ${count(of("warning"), "warning")}, ${count(of("note"), "note")}`;
  const compared = `compared with ${base.commit.slice(0, 10)}${usage ? " and with usage" : ""}`;
  return [...findings.flatMap((finding) => lines(finding, paint)), `${summary}, ${compared}.`, ""].join("\n");
}

function lines({ level, message, file, line }: ReportedFinding, paint: Paint): string[] {
  const [first = "", ...more] = beside(cell(level, LEVEL), printable(message));
  const place =
    file === null ? [] : [" ".repeat(LEVEL) + printable(`${file}${line === null ? "" : `:${line}`}`)];
  return [
    paint(STYLE[level], first.slice(0, LEVEL)) + first.slice(LEVEL),
    ...more,
    ...place.map((text) => paint("gray", text)),
  ];
}
