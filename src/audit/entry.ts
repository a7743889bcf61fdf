import { z } from "zod";

/** One decision: who did what, when, on which evidence, and what came of it. */
export const auditEntrySchema = z
  .strictObject({
    version: z.literal(1),
    at: z.iso.datetime().describe("When, by UTC."),
    actor: z.string().describe("A login of GitHub; `loadline` where a sweep decided."),
    action: z
      .enum([
        "opened",
        "updated",
        "rebased",
        "closed",
        "merged",
        "reverted",
        "command",
        "ticked",
        "trial-begun",
        "trial-ended",
      ])
      .describe(
        "What was done to a pull request, `reverted`: one was opened that takes it back, since things got worse; `command`: what a comment told to do; `ticked`: boxes of the dashboard; `trial-…`: a pod got the proposed values for a while.",
      ),
    command: z
      .string()
      .nullable()
      .describe(
        "The command with what it was given; of `ticked` the branches of the proposals; null where none was.",
      ),
    repository: z.string().describe("owner/name."),
    number: z.int().nullable().describe("Of the pull request or issue."),
    workloads: z.array(z.string()).describe("`cluster Kind/namespace/name container`, where known."),
    evidence: z
      .string()
      .nullable()
      .describe("The fingerprint of the proposed edits, as in the pull request's hidden marker."),
    outcome: z
      .enum(["done", "refused", "failed"])
      .describe("done: carried out or answered; refused: the actor may not; failed: it was tried."),
  })
  .describe("A line of audit.jsonl. A decision that was told twice may stand there twice.");

export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A decision as those tell it who take it. */
export type Decision = Omit<AuditEntry, "version" | "at">;

/** Keeps decisions; never rejects, for what was decided is done. */
export type AuditLog = (decision: Decision) => Promise<void>;
