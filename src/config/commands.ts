import { z } from "zod";
import { COMMANDS } from "../domain/command-name.ts";

const some = <T extends z.ZodType>(item: T) => z.array(item).max(100).optional();

const whoSchema = z
  .strictObject({
    roles: some(z.string().min(1).max(100)).describe(
      "`read`, `triage`, `write`, `maintain` or `admin`, each with those above it; any other word is the name of a custom role.",
    ),
    teams: some(
      z.string().regex(/^[\w.-]+\/[\w.-]+$/, "is written organization/team, such as acme/sre"),
    ).describe("`organization/team`, by the name in the team's address."),
    users: some(z.string().regex(/^[\w-]+$/, "is no name of a GitHub user")).describe("Names on GitHub."),
    codeowners: z
      .boolean()
      .default(false)
      .describe("Whoever owns every file of the pull request by the CODEOWNERS of its base."),
  })
  .refine(
    ({ roles, teams, users, codeowners }) => codeowners || [roles, teams, users].some((list) => list?.length),
    "names nobody: give roles, teams, users or codeowners",
  );

export const commandsSchema = z
  .partialRecord(z.enum(["default", ...COMMANDS.filter((name) => name !== "help")]), whoSchema)
  .default({})
  .describe(
    "Who may give which slash command, by its name, or by `default` for those that are not named: whoever has one of `roles`, is in one of `teams`, one of `users`, or with `codeowners: true` owns every file of the pull request. Left out, whoever may write to the repository.",
  );
