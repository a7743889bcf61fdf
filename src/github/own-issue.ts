import { NOT_TWICE } from "./look-again.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";

/** An issue that Loadline opened, to be edited when what it says has changed. */
export interface OwnIssue {
  readonly number: number;
  readonly state: string;
  readonly body: string;
}

/** The one with this label and this text in its body. Anybody may write such an issue, so only the App's own counts. */
export async function findOwnIssue(
  { client, owner, name: repo }: InstalledRepository,
  labels: string,
  marker: string,
): Promise<OwnIssue | undefined> {
  const found = await client.rest.issues
    .listForRepo({ owner, repo, state: "all", labels, per_page: 100 })
    .catch(unlessSwitchedOff);
  return found?.data
    .filter(({ user, pull_request: pull }) => user?.type === "Bot" && pull === undefined)
    .map(({ number, state, body }) => ({ number, state, body: body ?? "" }))
    .find(({ body }) => body.includes(marker));
}

/** Opens it; where issues are switched off, nothing is said. */
export async function openOwnIssue(
  { client, owner, name: repo }: InstalledRepository,
  title: string,
  label: string,
  body: string,
): Promise<void> {
  await client.rest.issues
    .create({ owner, repo, title, body, labels: [label], request: NOT_TWICE })
    .catch(unlessSwitchedOff);
}

/** GitHub answers so where a repository has no issues. */
export function unlessSwitchedOff(error: unknown): undefined {
  if (statusOf(error) !== 410) throw error;
}
