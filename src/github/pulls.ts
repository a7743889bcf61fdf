import { type Marker, readMarker } from "../proposals/marker.ts";
import type { InstalledRepository } from "./repository.ts";

const BRANCHES = "loadline/";

/** A pull request that Loadline opened and that is still open. */
export interface OpenPull {
  readonly number: number;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  /** The commit at the branch's tip. */
  readonly head: string;
  /** When it was opened, in Unix milliseconds. */
  readonly createdMs: number;
  readonly labels: readonly string[];
  /** GitHub merges it by itself, once nothing holds it up. */
  readonly autoMerge: boolean;
  /** `undefined` where somebody took it out of the body. */
  readonly marker: Marker | undefined;
}

export function isOurBranch(branch: string): boolean {
  return branch.startsWith(BRANCHES);
}

interface Ends {
  readonly head: { readonly ref: string; readonly repo?: { readonly id: number } | null };
  readonly base: { readonly repo: { readonly id: number } };
}

/**
 * Whether a pull request is from a branch of Loadline's in the repository itself, since anybody may name one of a fork
 * so; by its number, since one that was renamed is still found under the name it had.
 */
export function isOurs({ head, base }: Ends): boolean {
  return isOurBranch(head.ref) && head.repo?.id === base.repo.id;
}

/** One request for each hundred open pull requests of the repository. */
export async function openPulls({ client, owner, name: repo }: InstalledRepository): Promise<OpenPull[]> {
  const pulls = await client.paginate(client.rest.pulls.list, { owner, repo, state: "open", per_page: 100 });
  return pulls
    .filter(isOurs)
    .map(({ number, head, title, body, labels, created_at: created, auto_merge: autoMerge }) => ({
      number,
      autoMerge: autoMerge !== null,
      labels: labels.map(({ name }) => name),
      createdMs: Date.parse(created),
      branch: head.ref,
      title,
      body: body ?? "",
      head: head.sha,
      marker: readMarker(body ?? ""),
    }));
}

/** A pull request that is no longer open. */
export interface EndedPull extends Pick<OpenPull, "number" | "branch" | "marker"> {
  /** When it was merged, in Unix milliseconds; absent where it was not. */
  readonly mergedMs?: number;
}

/** Whether the like of it is not to be offered again: closed without being merged, or merged to take another one back. */
export function speaksAgainst({ mergedMs, marker }: EndedPull): boolean {
  return (mergedMs !== undefined) === (marker?.reverts !== undefined);
}

/** Of those that are no longer open, the hundred that were touched last. */
export async function closedPulls({
  client,
  owner,
  name: repo,
}: InstalledRepository): Promise<readonly EndedPull[]> {
  const { data } = await client.rest.pulls.list({
    owner,
    repo,
    state: "closed",
    sort: "updated",
    direction: "desc",
    per_page: 100,
  });
  return data.map(({ number, head, base, body, merged_at: merged }) => ({
    number,
    branch: head.ref,
    ...(merged === null ? {} : { mergedMs: Date.parse(merged) }),
    marker: isOurs({ head, base }) ? readMarker(body ?? "") : undefined,
  }));
}

/** When Loadline's newest hundred pull requests were opened, in Unix milliseconds. */
export async function openedAt({ client, owner, name: repo }: InstalledRepository): Promise<number[]> {
  const { data } = await client.rest.pulls.list({
    owner,
    repo,
    state: "all",
    sort: "created",
    direction: "desc",
    per_page: 100,
  });
  return data.filter(isOurs).map(({ created_at: at }) => Date.parse(at));
}
