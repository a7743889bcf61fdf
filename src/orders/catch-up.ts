import { parseCommands } from "../commands/parse.ts";
import { answerMarker } from "../github/comments.ts";
import { isChecked } from "../github/checks.ts";
import type { InstalledRepository } from "../github/repository.ts";
import type { Checker } from "../sweep/checks/checker.ts";
import type { SweepSetup } from "../sweep/setup.ts";
import type { Visits } from "../sweep/visits.ts";
import { mergeApproved } from "./approve.ts";
import type { Asked, Attendant } from "./attend.ts";

/** Who waits longer has surely found another way. */
const DAY_MS = 86_400_000;
const MOST_PAGES = 10;

/**
 * What happened in a repository while nobody listened, or was not finished: commands of the last day without an
 * answer are obeyed, and what was approved is merged once its checks have passed. After a sweep of the same
 * visits it is one request where there is nothing to do.
 */
export async function catchUp(
  setup: SweepSetup,
  attend: Attendant,
  visits: Visits,
  name: string,
): Promise<void> {
  const { repository, overview, changed } = await visits(name);
  for (const asked of await unanswered(repository, setup.now() - DAY_MS)) {
    await attend(name, asked);
    changed();
  }
  const { open } = await overview();
  if (!open.some(({ marker }) => marker?.said?.approved)) return;
  await mergeApproved(setup, repository);
  changed();
}

/** Has the pull requests checked that nobody checked as they are now: one request for each that is open. */
export async function checkUnchecked(check: Checker, visits: Visits, name: string): Promise<void> {
  const { repository, overview } = await visits(name);
  for (const pull of (await overview()).open)
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
