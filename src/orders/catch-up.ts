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
 * visits it is one request where there is nothing to do, and one more where somebody approved something that day.
 */
export async function catchUp(
  setup: SweepSetup,
  attend: Attendant,
  visits: Visits,
  name: string,
): Promise<void> {
  const { repository, overview, changed } = await visits(name);
  const { all, unanswered } = await askedSince(repository, setup.now() - DAY_MS);
  // It may have come, and been obeyed, since the sweep began.
  if (all.some(({ commands }) => commands.some((one) => one.name === "approve"))) changed();
  for (const asked of unanswered) {
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
async function askedSince(
  { client, owner, name: repo }: InstalledRepository,
  sinceMs: number,
): Promise<{ readonly all: readonly Asked[]; readonly unanswered: readonly Asked[] }> {
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
  const all = comments
    .filter(
      ({ user, created_at: created, updated_at: updated }) => user?.type !== "Bot" && created === updated,
    )
    .map(({ id, issue_url: issue, user, body }) => ({
      comment: id,
      issue: Number(issue.split("/").at(-1)),
      login: user?.login ?? "",
      commands: parseCommands(body ?? ""),
    }))
    .filter(({ commands }) => commands.length > 0)
    .toReversed();
  const isAnswered = ({ comment }: Asked): boolean =>
    answers.some((body) => body.trimEnd().endsWith(answerMarker(comment)));
  return { all, unanswered: all.filter((one) => !isAnswered(one)) };
}
