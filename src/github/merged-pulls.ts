import { type Marker, withMarker } from "../proposals/marker.ts";
import { isOurBranch } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";

/** A pull request of Loadline's with its label: a bot's with a marker, since whoever may write can label one of theirs. */
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

/** Its branch, and what the merge made of the base; `undefined` where it is no merged one of Loadline's after all. */
export async function mergeOf(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
): Promise<{ readonly branch: string; readonly commit: string } | undefined> {
  const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  const { merge_commit_sha: commit, head } = data;
  return data.merged && isOurBranch(head.ref) && commit !== null ? { branch: head.ref, commit } : undefined;
}

/** Notes in its body that nothing is left to follow, and how that ended where it was followed. */
export async function endFollowing(
  { client, owner, name: repo }: InstalledRepository,
  { number, body, marker }: ListedPull,
  came?: Marker["came"],
): Promise<void> {
  await client.rest.pulls.update({
    owner,
    repo,
    pull_number: number,
    body: withMarker(body, { ...marker, followed: true, ...(came ? { came } : {}) }),
  });
}
