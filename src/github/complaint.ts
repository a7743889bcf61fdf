import { sayOnce } from "./comments.ts";
import { lookAgain } from "./look-again.ts";
import { findOwnIssue, openOwnIssue, type OwnIssue } from "./own-issue.ts";
import type { InstalledRepository } from "./repository.ts";

/** By which it is found again, whatever its title. */
const LABEL = "loadline-configuration";
const TITLE = "Loadline can't read .github/loadline.yml";
const MARKER = "<!-- loadline configuration -->";
const OVER = "<!-- loadline: over -->";

/**
 * One issue for all faults of a repository's file, ever: edited when they are others, opened again when they come
 * back. Closed by a person it stays closed, as long as they are the same. Where issues are switched off, nothing is
 * said.
 */
export async function complain(repository: InstalledRepository, text: string): Promise<void> {
  const { client, owner, name: repo } = repository;
  const body = `${text}\n\n${MARKER}`;
  await lookAgain(async () => {
    const known = await find(repository);
    if (!known) await openOwnIssue(repository, TITLE, LABEL, body);
    else if (known.body !== body)
      await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "open" });
  });
}

/** Closes that issue, with a word. */
export async function withdraw(repository: InstalledRepository, word: string): Promise<void> {
  const { client, owner, name: repo } = repository;
  const known = await find(repository);
  if (known?.state !== "open") return;
  await sayOnce(repository, known.number, "over", word);
  // The same fault may come back: then it is another story.
  const body = known.body.includes(OVER) ? known.body : `${known.body}\n${OVER}`;
  await client.rest.issues.update({ owner, repo, issue_number: known.number, body, state: "closed" });
}

async function find(repository: InstalledRepository): Promise<OwnIssue | undefined> {
  return await findOwnIssue(repository, LABEL, MARKER);
}
