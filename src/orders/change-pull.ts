import { type Said, withMarker } from "../proposals/marker.ts";
import type { OpenPull } from "../github/pulls.ts";
import type { InstalledRepository } from "../github/repository.ts";

/** Keeps what people said to a pull request in its marker. */
export async function remember(
  { client, owner, name: repo }: InstalledRepository,
  pull: OpenPull,
  said: Said,
): Promise<void> {
  const { number, marker } = pull;
  if (!marker) throw new Error(`#${number} has lost its hidden marker, which holds what was said to it`);
  const body = withMarker(pull.body, { ...marker, said });
  await client.rest.pulls.update({ owner, repo, pull_number: number, body });
}
