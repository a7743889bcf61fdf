import { createHash } from "node:crypto";
import { RULE_NAMES, RULES } from "../checks/finding.ts";
import type { CheckReport, ReportedFinding } from "./check-report.ts";
import { printable } from "./printable.ts";

/**
 * Findings as SARIF 2.1.0, as code scanning takes it: each result has a place and a fingerprint that stays when
 * lines move. What is gone has no place in the tree, and is left out.
 */
export function checkSarif({ findings }: CheckReport): string {
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "loadline",
            rules: RULE_NAMES.map((id) => ({ id, shortDescription: { text: RULES[id] } })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: findings.filter(({ rule }) => rule !== "container-gone").map(result),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function result(finding: ReportedFinding): object {
  const { rule, level, message, file, line, column } = finding;
  return {
    ruleId: rule,
    ruleIndex: RULE_NAMES.indexOf(rule),
    level,
    // What looks like a link in a message would become one.
    message: { text: printable(message).replaceAll("](", "]\u200b(") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: {
            uri: (file ?? ".").split("/").map(encodeURIComponent).join("/"),
            uriBaseId: "%SRCROOT%",
          },
          ...(line === null
            ? {}
            : { region: { startLine: line, ...(column === null ? {} : { startColumn: column }) } }),
        },
      },
    ],
    partialFingerprints: { "loadline/v1": fingerprint(finding) },
  };
}

function fingerprint({ rule, recipe, workload, container, resource, file }: ReportedFinding): string {
  const what = JSON.stringify([rule, recipe, workload, container, resource, file]);
  return createHash("sha256").update(what).digest("hex");
}
