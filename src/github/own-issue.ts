import { NOT_TWICE } from "./look-again.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";

/** A kind of issue of which a repository has one at the most, edited when what it says has changed. */
export interface OwnIssueKind {
  /** By which it is found again, together with the marker in its body, whatever its title. */
  readonly label: string;
  readonly marker: string;
  readonly title: string;
}

/** An issue that Loadline opened. */
export interface OwnIssue {
  readonly number: number;
  readonly state: "open" | "closed";
  readonly body: string;
}

/** As it is at this moment. Anybody may write such an issue, so only the App's own counts. */
export async function findOwnIssue(
  { client, owner, name: repo }: InstalledRepository,
  { label, marker }: OwnIssueKind,
): Promise<OwnIssue | undefined> {
  const found = await client.rest.issues
    .listForRepo({ owner, repo, state: "all", labels: label, per_page: 100 })
    .catch(unlessSwitchedOff);
  return found?.data
    .filter(({ user, pull_request: pull }) => user?.type === "Bot" && pull === undefined)
    .map(({ number, state, body }) => ({
      number,
      state: state === "open" ? ("open" as const) : ("closed" as const),
      body: body ?? "",
    }))
    .find(({ body }) => body.includes(marker));
}

/** Opens it; where issues are switched off, nothing is said. */
export async function openOwnIssue(
  { client, owner, name: repo }: InstalledRepository,
  { label, title }: OwnIssueKind,
  body: string,
): Promise<void> {
  await client.rest.issues
    .create({ owner, repo, title, body, labels: [label], request: NOT_TWICE })
    .catch(unlessSwitchedOff);
}

/** GitHub answers so where a repository has no issues. */
function unlessSwitchedOff(error: unknown): undefined {
  if (statusOf(error) !== 410) throw error;
}
