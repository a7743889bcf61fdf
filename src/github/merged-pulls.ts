import { type Marker, readMarker, withMarker } from "../proposals/marker.ts";
import { isOurBranch } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";

/** A pull request of Loadline's, as a list tells of it. */
export interface ListedPull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** Who opened it: the App, as GitHub calls it. */
  readonly author: string;
  readonly open: boolean;
  /** In Unix milliseconds; absent where it was not merged. */
  readonly mergedMs?: number;
  readonly marker: Marker;
}

/** Those with a label, open and closed, that were touched since a time: one request for each hundred. */
export async function listedPulls(
  { client, owner, name: repo }: InstalledRepository,
  labels: string,
  sinceMs: number,
): Promise<ListedPull[]> {
  const issues = await client.paginate(client.rest.issues.listForRepo, {
    owner,
    repo,
    labels,
    state: "all",
    since: new Date(sinceMs).toISOString(),
    per_page: 100,
  });
  return issues.flatMap(({ number, title, body, user, state, pull_request: pull }) => {
    const marker = readMarker(body ?? "");
    // Whoever may write can label a pull request of their own.
    if (user?.type !== "Bot" || !pull || !marker) return [];
    const at = pull.merged_at ?? undefined;
    const merged = at === undefined ? {} : { mergedMs: Date.parse(at) };
    return [
      { number, title, body: body ?? "", author: user.login, open: state === "open", marker, ...merged },
    ];
  });
}

/** Its branch, and what the merge made of the base; `undefined` where it is no merged one of Loadline's after all. */
export async function mergeOf(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
): Promise<{ readonly branch: string; readonly commit: string } | undefined> {
  const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  const { merge_commit_sha: commit, head } = data;
  return data.merged && isOurBranch(head.ref) && commit !== null ? { branch: head.ref, commit } : undefined;
}

/** Notes in its body that nothing is left to follow. */
export async function endFollowing(
  { client, owner, name: repo }: InstalledRepository,
  { number, body, marker }: ListedPull,
): Promise<void> {
  await client.rest.pulls.update({
    owner,
    repo,
    pull_number: number,
    body: withMarker(body, { ...marker, followed: true }),
  });
}
