import { z } from "zod";
import { describeReason } from "../domain/reason.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import type { AppliedSettings, SettingResult } from "../gitops/ask/settings.ts";
import { refOf } from "../gitops/scan.ts";
import { type ScanStats, statsSchema } from "./scan-report.ts";

const line = z.string().nullable();

const resultSchema = z.strictObject({
  workload: z.string().describe("As it was asked for."),
  container: z.string(),
  recipe: z.string().nullable().describe("The id of the recipe that renders it; null where none was chosen."),
  status: z.enum(["proven", "unchanged", "refused", "ambiguous", "unmapped"]),
  reason: z.string().nullable().describe("A stable code."),
  message: z.string().nullable(),
  edits: z
    .array(
      z.strictObject({
        file: z.string(),
        line: z.int().describe("In the edited file, counted from 1."),
        before: line.describe("The line without its ending; null where it is new."),
        after: line.describe("null where the line is gone."),
      }),
    )
    .describe("Lines that containers share are in the results of all of them."),
  proof: z.strictObject({
    rendered: z.boolean().describe("Whether it was rendered before and after."),
    changed: z
      .array(
        z.strictObject({
          recipe: z.string(),
          workload: z.string(),
          container: z.string(),
          resource: z.enum(RESOURCE_FIELDS),
          before: z.string().nullable(),
          after: z.string().nullable().describe("null where it is taken away."),
        }),
      )
      .describe("Every number of this container that is rendered otherwise after the edit."),
    unintended: z
      .array(z.string())
      .describe("What else would differ; where there is something, it is refused."),
  }),
});

export const setReportSchema = z
  .strictObject({
    version: z.literal(1),
    results: z
      .array(resultSchema)
      .describe("One for each change, in the order in which they were asked for."),
    written: z.boolean().describe("Whether files were edited."),
    stats: statsSchema,
  })
  .describe("What `loadline set --format json` prints.");

export type SetReport = z.infer<typeof setReportSchema>;
type ReportedResult = SetReport["results"][number];

export function setReport({ results }: AppliedSettings, written: boolean, stats: ScanStats): SetReport {
  return { version: 1, results: results.map(reportResult), written, stats };
}

/** `refused: Deployment/shop/api api: the line also feeds …`; nothing where the change can be made. */
export function refusal({ status, workload, container, message }: ReportedResult): string | undefined {
  if (status === "proven" || status === "unchanged") return undefined;
  return `${status}: ${workload} ${container}: ${message ?? ""}`;
}

function reportResult(result: SettingResult): ReportedResult {
  const { kind, namespace, name } = result.setting.workload;
  const asked = {
    workload: `${kind}/${namespace ?? ""}/${name}`,
    container: result.setting.container,
    recipe: "at" in result ? result.at.recipe.id : null,
    status: result.status,
  };
  if ("reason" in result) {
    const { code, message } = result.reason;
    const tried = code === "proof-failed";
    return {
      ...asked,
      reason: code,
      message: describeReason(result.reason),
      edits: [],
      proof: { rendered: tried, changed: [], unintended: tried ? [message] : [] },
    };
  }
  const { change, edits } = result;
  const proof = change.status === "proven" ? change.proof : { rendered: false, changed: [] };
  return {
    ...asked,
    reason: null,
    message: null,
    edits: [...edits],
    proof: {
      rendered: proof.rendered,
      changed: proof.changed.map(({ resource, before, after }) => ({
        ...refOf(result.at),
        resource,
        before: before ?? null,
        after: after ?? null,
      })),
      unintended: [],
    },
  };
}
