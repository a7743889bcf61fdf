import { type Marker, writeMarker } from "../proposals/marker.ts";
import { openPull, REVERTS } from "./open-pull.ts";
import type { InstalledRepository } from "./repository.ts";
import { withoutPull } from "./revert.ts";
import { takeSnapshot } from "./snapshot.ts";

export interface TakenBack {
  /** The merged pull request. */
  readonly number: number;
  readonly title: string;
  readonly branch: string;
  readonly marker: Marker;
  /** Set where it is taken back because of what came after it. */
  readonly worse?: NonNullable<Marker["reverts"]>["worse"];
  /** Why, in Markdown. */
  readonly why: readonly string[];
}

/** The number of the pull request; `changed`: the same lines were changed since. */
export type TakeBack = { readonly number: number } | "changed";

/** Opens a pull request that takes a merged one back, on today's base. */
export async function takeBack(repository: InstalledRepository, taken: TakenBack): Promise<TakeBack> {
  const { number, title, branch, why } = taken;
  await using snapshot = await takeSnapshot(repository);
  const files = await withoutPull(repository, number, snapshot);
  if (!files || files.length === 0) return "changed";
  const opened = await openPull(repository, snapshot, {
    branch: revertBranch(number),
    title: `Revert #${number}: ${title}`.slice(0, 250),
    body: [...why, writeMarker(revertMarker(taken, branch)), ""].join("\n"),
    files,
  });
  return { number: opened };
}

/** The pull request that takes another one back, or did, whatever became of it. */
export async function takenBackBy(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
): Promise<number | undefined> {
  const head = `${owner}:${revertBranch(number)}`;
  const { data } = await client.rest.pulls.list({ owner, repo, head, state: "all", per_page: 1 });
  return data[0]?.number;
}

function revertBranch(number: number): string {
  return `${REVERTS}${number}`;
}

function revertMarker({ number, marker, worse }: TakenBack, branch: string): Marker {
  const { said, followed: _, came: ___, reverts, proposed, before, ...kept } = marker;
  const { set: __, ...rest } = said ?? {};
  // What takes back what took back brings the first amounts again.
  const amounts = reverts ? { proposed: before, before: proposed } : { proposed, before };
  return { ...kept, ...amounts, said: rest, reverts: { number, branch, ...(worse ? { worse } : {}) } };
}
