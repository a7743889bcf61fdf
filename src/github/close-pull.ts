import { type Marker, withMarker } from "../proposals/marker.ts";
import { sayOnce } from "./comments.ts";
import type { OpenPull } from "./pulls.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";

/** Closes a pull request of Loadline's with a word, and deletes its branch. */
export async function closePull(
  repository: InstalledRepository,
  pull: OpenPull,
  marker: Marker,
  word: string,
): Promise<void> {
  const { client, owner, name: repo } = repository;
  await sayOnce(repository, pull.number, "settled", word);
  // Not declined by a person: the same values may be proposed again.
  const body = withMarker(pull.body, { ...marker, settled: true });
  await client.rest.pulls.update({ owner, repo, pull_number: pull.number, body, state: "closed" });
  await client.rest.git.deleteRef({ owner, repo, ref: `heads/${pull.branch}` }).catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
}
