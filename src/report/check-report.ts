import { z } from "zod";
import { type Finding, LEVELS, RULE_NAMES } from "../checks/finding.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import { statsSchema } from "./scan-report.ts";

const findingSchema = z.strictObject({
  rule: z.enum(RULE_NAMES).describe("A stable name."),
  level: z
    .enum(LEVELS)
    .describe("error: Kubernetes refuses it; warning: likely to hurt; note: what changes."),
  message: z.string().describe("A sentence for people."),
  recipe: z.string().nullable().describe("The id of the recipe that renders the container."),
  workload: z.string().nullable().describe("Kind/namespace/name; null where a whole recipe is meant."),
  container: z.string().nullable(),
  resource: z.enum(RESOURCE_FIELDS).nullable(),
  file: z
    .string()
    .nullable()
    .describe("From the root of the Git repository; null where no line is to blame."),
  line: z.int().nullable().describe("Counted from 1."),
  column: z.int().nullable(),
});

export const checkReportSchema = z
  .strictObject({
    version: z.literal(1),
    base: z.strictObject({
      ref: z.string().describe("As it was asked for."),
      commit: z.string().describe("Where the history of this tree left it: what is compared with."),
    }),
    findings: z.array(findingSchema).describe("Errors first, then warnings, then what merely changes."),
    usage: z.boolean().describe("Whether what containers used was looked at."),
    stats: statsSchema.describe("Of both trees together."),
  })
  .describe("What `loadline check --format json` prints.");

export type CheckReport = z.infer<typeof checkReportSchema>;
export type ReportedFinding = z.infer<typeof findingSchema>;

/** `prefix` leads from the root of the Git repository to the folder that was checked: empty, or with a slash. */
export function checkReport(
  findings: readonly Finding[],
  prefix: string,
  rest: Omit<CheckReport, "version" | "findings">,
): CheckReport {
  const reported = findings.map(({ rule, level, message, of, resource, file, line, column }) => ({
    rule,
    level,
    message,
    recipe: of?.recipe ?? null,
    workload: of?.workload ?? null,
    container: of?.container ?? null,
    resource: resource ?? null,
    file: file === undefined ? null : prefix + file,
    line: line ?? null,
    column: column ?? null,
  }));
  const rank = ({ level }: ReportedFinding): number => LEVELS.indexOf(level);
  return { version: 1, ...rest, findings: reported.toSorted((a, b) => rank(a) - rank(b)) };
}
