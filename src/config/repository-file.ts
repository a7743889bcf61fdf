import { z } from "zod";
import { policiesSchema } from "./policies.ts";
import { overridesSchema } from "./policy.ts";
import { parseWith } from "./load.ts";

/** Where a repository says it. */
const REPOSITORY_FILE = ".github/loadline.yml";

export const repositoryFileSchema = z
  .strictObject({
    version: z.literal(1).describe("Of this format."),
    policy: overridesSchema
      .prefault({})
      .describe("What counts for this repository's workloads instead of the configuration's `policy`."),
    policies: policiesSchema,
  })
  .describe("What a repository says of its own workloads, .github/loadline.yml.");

export type RepositoryFile = z.infer<typeof repositoryFileSchema>;

/** Every fault is named as `file:line:column` in one `InputError`. */
export function parseRepositoryFile(text: string, file: string = REPOSITORY_FILE): RepositoryFile {
  return parseWith(repositoryFileSchema, text, file);
}
