import { stripVTControlCharacters } from "node:util";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { formatPlan, PLAN_FORMATS } from "../../src/report/formats.ts";
import { planReportSchema, reportContainer } from "../../src/report/plan-report.ts";
import type { Resources } from "../../src/domain/resources.ts";
import { planTable } from "../../src/report/terminal.ts";
import { printable } from "../../src/report/printable.ts";
import { HOSTILE, planned } from "../proposals/planned.ts";
import { reportOf } from "./planned-report.ts";

describe("a reported container", () => {
  it("names the line of the first number that changes, and everything that is known", () => {
    expect(reportContainer(planned())).toMatchObject({
      namespace: "shop",
      workload: "api",
      init: false,
      replicas: 2,
      current: { requests: { cpu: "1" }, limits: {} },
      recommended: { requests: { cpu: "350m" } },
      held: [{ resource: "memory", reason: "no-data", message: "no usage" }],
      source: {
        status: "proven",
        reason: null,
        file: "apps/api.yaml",
        line: 12,
        keyPath: "spec.containers[0].resources",
        layer: "manifest",
        feeds: ["plain:apps Deployment//api app"],
      },
    });
    const nowhere = {
      ...planned(),
      recommended: null,
      replicas: undefined,
      source: { status: "unmapped" as const },
    };
    expect(reportContainer(nowhere)).toMatchObject({ replicas: null, source: { file: null, feeds: [] } });
  });
});

describe("formats", () => {
  it.each(PLAN_FORMATS)("%s ends with one newline", (format) => {
    expect(formatPlan(reportOf("api"), format, false)).toMatch(/[^\n]\n$/);
  });

  it.each(HOSTILE)("JSON and YAML read back, and satisfy the schema: %j", (text) => {
    const report = reportOf(text);
    expect(JSON.parse(formatPlan(report, "json", false))).toEqual(planReportSchema.parse(report));
    expect(parse(formatPlan(report, "yaml", false))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it.each(["=1+1", "+1", "-1", "@SUM(1)", "\t=1", '=HYPERLINK("https://example.com")'])(
    "a spreadsheet runs no formula of CSV: %j",
    (text) => {
      const [, ...rows] = formatPlan(reportOf(text), "csv", false).split("\n");
      expect(rows.join("\n")).not.toMatch(/(?:^|,)"?[=+@\t-]/m);
    },
  );

  it("CSV has one row a container, with names quoted where they need it", () => {
    const [head, row] = formatPlan(reportOf('a,"b"'), "csv", false).split("\n");
    expect(head).toMatch(/^cluster,namespace,kind,workload,container,init,replicas,requests_cpu,/);
    expect(row).toMatch(/^"a,""b""",shop,Deployment,"a,""b""","a,""b""",false,2,1,,,,350m,/);
  });

  const elements = (text: string): string[] =>
    [
      ...micromark(formatPlan(reportOf(text), "markdown", false), {
        extensions: [gfm()],
        htmlExtensions: [gfmHtml()],
        allowDangerousHtml: true,
      }).matchAll(/<([a-z][a-z0-9]*)/g),
    ].map(([, name = ""]) => name);

  it.each(HOSTILE.filter((text) => text !== ""))("Markdown can't be broken out of by %j", (text) => {
    expect(elements(text)).toEqual(elements("api"));
  });
});

describe("the terminal", () => {
  it.each(HOSTILE)("is not steered by %j", (text) => {
    const table = formatPlan(reportOf(text), "table", false);
    expect(table.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    const colored = formatPlan(reportOf(text), "table", true);
    expect(stripVTControlCharacters(colored).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });

  it("says what becomes of limits, and nothing of those that stay", () => {
    const report = reportOf("api");
    const [container] = report.containers;
    if (!container) throw new Error("a report has a container");
    const of = (before: Resources["limits"], after: Resources["limits"]): string =>
      planTable(
        {
          ...report,
          containers: [
            {
              ...container,
              current: { requests: { cpu: "1" }, limits: before },
              recommended: { requests: { cpu: "500m" }, limits: after },
            },
          ],
        },
        false,
      );
    expect(of({ cpu: "2", memory: "1Gi" }, { memory: "512Mi" })).toContain(
      "\n  limits: cpu 2 → none, memory 1Gi → 512Mi\n",
    );
    expect(of({ memory: "1Gi" }, { memory: "1Gi" })).not.toContain("limits:");
  });

  it("shows what it replaces", () => {
    expect(printable("a\u001b[31mb\u202ec\r\nd😀ü")).toBe("a�[31mb�c��d😀ü");
  });
});
