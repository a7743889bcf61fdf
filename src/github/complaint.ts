import { sayOnce } from "./comments.ts";
import { lookAgain, NOT_TWICE } from "./look-again.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";

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
    if (!known)
      await client.rest.issues
        .create({ owner, repo, title: TITLE, body, labels: [LABEL], request: NOT_TWICE })
        .catch(unlessSwitchedOff);
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

interface Complaint {
  readonly number: number;
  readonly state: string;
  readonly body: string;
}

/** Anybody may write such an issue, so only the App's own counts. */
async function find({ client, owner, name: repo }: InstalledRepository): Promise<Complaint | undefined> {
  const found = await client.rest.issues
    .listForRepo({ owner, repo, state: "all", labels: LABEL, per_page: 100 })
    .catch(unlessSwitchedOff);
  return found?.data
    .filter(({ user, pull_request: pull }) => user?.type === "Bot" && pull === undefined)
    .map(({ number, state, body }) => ({ number, state, body: body ?? "" }))
    .find(({ body }) => body.includes(MARKER));
}

/** GitHub answers so where a repository has no issues. */
function unlessSwitchedOff(error: unknown): undefined {
  if (statusOf(error) !== 410) throw error;
}
