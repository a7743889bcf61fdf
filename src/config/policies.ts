import { z } from "zod";
import { WORKLOAD_KINDS } from "../domain/workload.ts";
import { overridesSchema } from "./policy.ts";
import { name } from "./scalars.ts";

const names = z.array(z.string().min(1).max(253)).max(1000);

const selectorSchema = z
  .strictObject({
    clusters: names.optional().describe("Only in these clusters; all where left out."),
    namespaces: z
      .strictObject({
        allow: names.optional().describe("Only these; `*` stands for any characters."),
        deny: names.optional().describe("None of these, whatever is allowed."),
      })
      .optional(),
    workloadSelector: z
      .strictObject({
        matchLabels: z.record(z.string(), z.string()).optional().describe("All of these labels."),
        matchExpressions: z
          .array(
            z
              .strictObject({
                key: z.string().min(1).describe("Of the label."),
                operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
                values: z.array(z.string()).default([]).describe("For In and NotIn."),
              })
              .refine(({ operator, values }) => operator.endsWith("In") === values.length > 0, {
                message: "are for In and NotIn, which need some",
                path: ["values"],
              }),
          )
          .max(100)
          .optional()
          .describe("As in Kubernetes; all of them hold."),
      })
      .optional()
      .describe("By the workload's own labels."),
    workloadTypes: z
      .strictObject({
        include: z.array(z.enum(WORKLOAD_KINDS)).optional().describe("Only these kinds."),
        exclude: z.array(z.enum(WORKLOAD_KINDS)).optional().describe("None of these, whatever is included."),
      })
      .optional(),
  })
  .prefault({})
  .describe("Which workloads it is for: all conditions hold; all workloads where there are none.");

export const policiesSchema = z
  .array(
    z.strictObject({
      name: name.describe("How reports call it."),
      weight: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(100)
        .describe("Of several that select a workload the heaviest counts, then the first by name."),
      selector: selectorSchema,
      ...overridesSchema.shape,
    }),
  )
  .max(1000)
  .superRefine((policies, context) => {
    for (const [index, { name: own }] of policies.entries())
      if (policies.findIndex((other) => other.name === own) < index)
        context.addIssue({ code: "custom", path: [index, "name"], message: `"${own}" is there twice` });
  })
  .default([])
  .describe(
    "Policies for some workloads. Each may say whatever `policy` says, but for `window` and `minimumCertainty`; what it leaves out is as there.",
  );

export type PolicyRuleConfig = z.infer<typeof policiesSchema>[number];
