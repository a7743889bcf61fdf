import { parseCommands } from "../commands/parse.ts";
import { answerMarker } from "../github/comments.ts";
import { isChecked } from "../github/checks.ts";
import { openPulls } from "../github/pulls.ts";
import { type InstalledRepository, installedRepository } from "../github/repository.ts";
import type { Checker } from "../sweep/checks/checker.ts";
import type { SweepSetup } from "../sweep/setup.ts";
import { mergeApproved } from "./approve.ts";
import type { Asked, Attendant } from "./attend.ts";

/** Who waits longer has surely found another way. */
const DAY_MS = 86_400_000;
const MOST_PAGES = 10;

/**
 * What happened in a repository while nobody listened, or was not finished: commands of the last day without an
 * answer are obeyed, and what was approved is merged once its checks have passed. Two requests where there is
 * nothing to do.
 */
export async function catchUp(setup: SweepSetup, attend: Attendant, name: string): Promise<void> {
  const repository = await installedRepository(setup.app, setup.baseUrl, name);
  for (const asked of await unanswered(repository, setup.now() - DAY_MS)) await attend(name, asked);
  await mergeApproved(setup, repository);
}

/** Has the pull requests checked that nobody checked as they are now: one request for each that is open. */
export async function checkUnchecked(setup: SweepSetup, check: Checker, name: string): Promise<void> {
  const repository = await installedRepository(setup.app, setup.baseUrl, name);
  for (const pull of await openPulls(repository))
    if (!(await isChecked(repository, pull))) await check(name, pull.number);
}

/** Oldest first. Whoever edits a comment may be another than its author, so that an edited one orders nothing. */
async function unanswered(
  { client, owner, name: repo }: InstalledRepository,
  sinceMs: number,
): Promise<Asked[]> {
  let pages = 0;
  const comments = await client.paginate(
    client.rest.issues.listCommentsForRepo,
    {
      owner,
      repo,
      since: new Date(sinceMs).toISOString(),
      sort: "created",
      direction: "desc",
      per_page: 100,
    },
    ({ data }, done) => {
      if ((pages += 1) >= MOST_PAGES) done();
      return data;
    },
  );
  const answers = comments.filter(({ user }) => user?.type === "Bot").map(({ body }) => body ?? "");
  return comments
    .filter(
      ({ user, created_at: created, updated_at: updated }) => user?.type !== "Bot" && created === updated,
    )
    .map(({ id, issue_url: issue, user, body }) => ({
      comment: id,
      issue: Number(issue.split("/").at(-1)),
      login: user?.login ?? "",
      commands: parseCommands(body ?? ""),
    }))
    .filter(
      ({ comment, commands }) =>
        commands.length > 0 && !answers.some((body) => body.trimEnd().endsWith(answerMarker(comment))),
    )
    .toReversed();
}
