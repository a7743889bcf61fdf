import { sayOnce } from "./comments.ts";
import { lookAgain } from "./look-again.ts";
import { findOwnIssue, openOwnIssue, type OwnIssue, type OwnIssueKind } from "./own-issue.ts";
import type { InstalledRepository } from "./repository.ts";

export const COMPLAINT: OwnIssueKind = {
  label: "loadline-configuration",
  marker: "<!-- loadline configuration -->",
  title: "Loadline can't read .github/loadline.yml",
};
const OVER = "<!-- loadline: over -->";

/**
 * One issue for all faults of a repository's file, ever: edited when they are others, opened again when they come
 * back. Closed by a person it stays closed, as long as they are the same. Where issues are switched off, nothing is
 * said. What it said when it was seen costs nothing to say again.
 */
export async function complain(
  repository: InstalledRepository,
  seen: OwnIssue | undefined,
  text: string,
): Promise<void> {
  const { client, owner, name: repo } = repository;
  const body = `${text}\n\n${COMPLAINT.marker}`;
  if (seen?.body === body) return;
  await lookAgain(async () => {
    const known = await findOwnIssue(repository, COMPLAINT);
    if (!known) await openOwnIssue(repository, COMPLAINT, body);
    else if (known.body !== body)
      await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "open" });
  });
}

/** Closes that issue, with a word, where it was seen open. */
export async function withdraw(
  repository: InstalledRepository,
  seen: OwnIssue | undefined,
  word: string,
): Promise<void> {
  const known = seen?.state === "open" ? await findOwnIssue(repository, COMPLAINT) : undefined;
  if (known?.state !== "open") return;
  const { client, owner, name: repo } = repository;
  await sayOnce(repository, known.number, "over", word);
  // The same fault may come back: then it is another story.
  const body = known.body.includes(OVER) ? known.body : `${known.body}\n${OVER}`;
  await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "closed" });
}
