import { readMarker } from "../proposals/marker.ts";
import { deleteBranch } from "./close-pull.ts";
import { sayOnce } from "./comments.ts";
import { type NewPull, openPull } from "./open-pull.ts";
import type { OpenPull } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";
import type { Snapshot } from "./snapshot.ts";

/** The one pull request that comes before all others has this branch. */
const BRANCH = "loadline/configure";

/** `declined`: there was one before, and somebody did not want it. */
export interface Onboarding {
  readonly outcome: "opened" | "updated" | "unchanged" | "declined";
  readonly number: number;
}

export function isOnboarding({ branch }: Pick<OpenPull, "branch">): boolean {
  return branch === BRANCH;
}

/**
 * Opens the pull request that adds a repository's own file, or brings its text up to date. Its branch is left as
 * it is once it is there, since people may write their own into the file.
 */
export async function onboard(
  repository: InstalledRepository,
  snapshot: Snapshot,
  pulls: readonly OpenPull[],
  pull: Omit<NewPull, "branch">,
): Promise<Onboarding> {
  const { client, owner, name: repo } = repository;
  const open = pulls.find(isOnboarding);
  if (open) {
    const { number, marker } = open;
    if (marker?.fingerprint === readMarker(pull.body)?.fingerprint) return { outcome: "unchanged", number };
    await client.rest.pulls.update({ owner, repo, pull_number: number, body: pull.body });
    return { outcome: "updated", number };
  }
  const { data } = await client.rest.pulls.list({ owner, repo, state: "all", head: `${owner}:${BRANCH}` });
  const [earlier] = data;
  if (earlier) return { outcome: "declined", number: earlier.number };
  return { outcome: "opened", number: await openPull(repository, snapshot, { ...pull, branch: BRANCH }) };
}

/** Closes what is left of it, with a word, where the file has come another way. */
export async function endOnboarding(
  repository: InstalledRepository,
  pulls: readonly OpenPull[],
): Promise<void> {
  for (const pull of pulls.filter(isOnboarding)) {
    await sayOnce(
      repository,
      pull.number,
      "configured",
      "The file is there now, so this is not needed any more.",
    );
    await deleteBranch(repository, pull);
  }
}
