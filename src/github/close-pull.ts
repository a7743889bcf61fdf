import { withMarker } from "../proposals/marker.ts";
import { sayOnce } from "./comments.ts";
import type { OpenPull } from "./pulls.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";
import { rewritePull } from "./rewrite-pull.ts";

/** Closes a pull request of Loadline's with a word. */
export async function closePull(
  repository: InstalledRepository,
  pull: OpenPull,
  word: string,
): Promise<void> {
  await sayOnce(repository, pull.number, "settled", word);
  // Not declined by a person: the same values may be proposed again.
  await rewritePull(repository, pull.number, (body, marker) => ({
    body: marker ? withMarker(body, { ...marker, settled: true }) : body,
  }));
  await deleteBranch(repository, pull);
}

/**
 * Ends a pull request by deleting its branch, upon which GitHub closes it: in one step, so that no branch is left
 * behind, whenever Loadline dies.
 */
export async function deleteBranch(
  { client, owner, name: repo }: InstalledRepository,
  { number, branch }: Pick<OpenPull, "number" | "branch">,
): Promise<void> {
  try {
    await client.rest.git.deleteRef({ owner, repo, ref: `heads/${branch}` });
  } catch (error) {
    // Somebody has deleted it.
    if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
    await client.rest.pulls.update({ owner, repo, pull_number: number, state: "closed" });
  }
}
