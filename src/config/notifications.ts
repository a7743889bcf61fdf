import { z } from "zod";
import { MOMENTS } from "../domain/moments.ts";
import { name } from "./scalars.ts";

export const notificationsSchema = z
  .array(
    z
      .strictObject({
        name: name.describe("How the log calls it."),
        urlFile: z.string().min(1).optional().describe("File that holds the address, which is a secret."),
        urlEnv: z
          .string()
          .regex(/^[A-Za-z_]\w*$/, "is no name of a variable")
          .optional()
          .describe("Variable of the environment that holds it."),
        format: z
          .enum(["slack", "json", "template"])
          .default("slack")
          .describe("Slack's incoming webhooks, all of it as JSON, or your own JSON."),
        template: z
          .string()
          .max(10_000)
          .optional()
          .describe(
            "JSON, in whose texts {kind}, {repository}, {number}, {url}, {workloads} and {text} stand for what they say.",
          ),
        on: z
          .array(z.enum(MOMENTS))
          .min(1)
          .default(["late", "worse", "reverted"])
          .describe("Of what to tell."),
      })
      .superRefine(({ urlFile, urlEnv, format, template }, context) => {
        const fault = (key: string, message: string): void =>
          context.addIssue({ code: "custom", path: [key], message });
        if ((urlFile === undefined) === (urlEnv === undefined))
          fault("urlFile", "needs exactly one of urlFile and urlEnv");
        if ((format === "template") !== (template !== undefined))
          fault("template", "is there exactly where format is template");
        if (template !== undefined && !isJson(template)) fault("template", "is no JSON");
      }),
  )
  .max(20)
  .default([])
  .describe("Webhooks that are told what becomes of pull requests.");

export type NotificationConfig = z.infer<typeof notificationsSchema>[number];

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replaceAll(/\{\w+\}/g, "x"));
    return true;
  } catch {
    return false;
  }
}
