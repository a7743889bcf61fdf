import { type Marker, readMarker, withMarker } from "../proposals/marker.ts";
import { unlessSwitchedOff } from "./own-issue.ts";
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
  repository: InstalledRepository,
  labels: string,
  sinceMs: number,
): Promise<ListedPull[]> {
  const { client, owner, name: repo } = repository;
  const since = new Date(sinceMs).toISOString();
  const all = { owner, repo, state: "all", per_page: 100 } as const;
  try {
    const issues = await client.paginate(client.rest.issues.listForRepo, { ...all, labels, since });
    return issues.flatMap((issue) => {
      const { pull_request: pull } = issue;
      return pull ? listed({ ...issue, merged_at: pull.merged_at ?? null }) : [];
    });
  } catch (error) {
    unlessSwitchedOff(error);
  }
  // A repository without issues has only a list of all pull requests, which is searched from its newest end.
  const newest = { ...all, sort: "updated", direction: "desc" } as const;
  const pulls = await client.paginate(client.rest.pulls.list, newest, ({ data }, done) => {
    if (data.some(({ updated_at: at }) => Date.parse(at) < sinceMs)) done();
    return data;
  });
  return pulls
    .filter(
      (pull) => Date.parse(pull.updated_at) >= sinceMs && pull.labels.some(({ name }) => name === labels),
    )
    .flatMap(listed);
}

interface Listed {
  readonly number: number;
  readonly title: string;
  readonly body?: string | null;
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly merged_at: string | null;
}

/** Whoever may write can label a pull request of their own: only a bot's with a marker counts. */
function listed({ number, title, body, user, state, merged_at: at }: Listed): ListedPull[] {
  const marker = readMarker(body ?? "");
  if (user?.type !== "Bot" || !marker) return [];
  const merged = at === null ? {} : { mergedMs: Date.parse(at) };
  return [{ number, title, body: body ?? "", author: user.login, open: state === "open", marker, ...merged }];
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
