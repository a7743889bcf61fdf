import { type Marker, withMarker } from "../proposals/marker.ts";
import { isOurs } from "./pulls.ts";
import { type InstalledRepository, unlessMissing } from "./repository.ts";
import { rewritePull } from "./rewrite-pull.ts";

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

/** A pull request of Loadline's that was merged. */
export interface MergedPull {
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  /** What the merge made of the base. */
  readonly commit: string;
}

/** `undefined` where it is no merged one of Loadline's: anybody may name a branch of a fork as Loadline does. */
export async function mergeOf(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
): Promise<MergedPull | undefined> {
  const found = await client.rest.pulls.get({ owner, repo, pull_number: number }).catch(unlessMissing);
  if (!found) return undefined;
  const { merged, merge_commit_sha: commit, head, base, title, body } = found.data;
  return merged && isOurs({ head, base }) && commit !== null
    ? { branch: head.ref, title, body: body ?? "", commit }
    : undefined;
}

/** Notes in its body that nothing is left to follow, and how that ended where it was followed. */
export async function endFollowing(
  repository: InstalledRepository,
  { number, marker }: ListedPull,
  came?: Marker["came"],
): Promise<void> {
  await rewritePull(repository, number, (body, now) => ({
    body: withMarker(body, { ...(now ?? marker), followed: true, ...(came ? { came } : {}) }),
  }));
}
