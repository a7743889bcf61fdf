/** Writes the published JSON schemas from the code's own; `--check` fails where a file is behind. */
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { repositoryFileSchema } from "../src/config/repository-file.ts";
import { configSchema } from "../src/config/schema.ts";
import { auditEntrySchema } from "../src/audit/entry.ts";
import { auditReportSchema } from "../src/report/audit-report.ts";
import { backtestReportSchema } from "../src/report/backtest-report.ts";
import { checkReportSchema } from "../src/report/check-report.ts";
import { explainReportSchema } from "../src/report/explain-report.ts";
import { planReportSchema } from "../src/report/plan-report.ts";
import { scanReportSchema } from "../src/report/scan-report.ts";
import { setReportSchema } from "../src/report/set-report.ts";

const SCHEMAS = {
  "schemas/loadline.schema.json": z.toJSONSchema(configSchema, { io: "input" }),
  "schemas/repository.schema.json": z.toJSONSchema(repositoryFileSchema, { io: "input" }),
  "schemas/plan.schema.json": z.toJSONSchema(planReportSchema, { io: "output" }),
  "schemas/scan.schema.json": z.toJSONSchema(scanReportSchema, { io: "output" }),
  "schemas/check.schema.json": z.toJSONSchema(checkReportSchema, { io: "output" }),
  "schemas/explain.schema.json": z.toJSONSchema(explainReportSchema, { io: "output" }),
  "schemas/audit.schema.json": z.toJSONSchema(auditReportSchema, { io: "output" }),
  "schemas/audit-entry.schema.json": z.toJSONSchema(auditEntrySchema, { io: "output" }),
  "schemas/backtest.schema.json": z.toJSONSchema(backtestReportSchema, { io: "output" }),
  "schemas/set.schema.json": z.toJSONSchema(setReportSchema, { io: "output" }),
};

for (const [file, schema] of Object.entries(SCHEMAS)) {
  const text = `${JSON.stringify(schema, undefined, 2)}\n`;
  if (!process.argv.includes("--check")) await writeFile(file, text);
  else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    process.stderr.write(`${file} is behind the code: npm run schemas\n`);
    process.exitCode = 1;
  }
}
