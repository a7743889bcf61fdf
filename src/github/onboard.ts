import { readMarker } from "../proposals/marker.ts";
import { deleteBranch } from "./close-pull.ts";
import { sayOnce } from "./comments.ts";
import { type NewPull, openPull } from "./open-pull.ts";
import type { OpenPull } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";
import type { Snapshot } from "./snapshot.ts";

/** The one pull request that comes before all others has this branch. */
export const ONBOARDING = "loadline/configure";

/** `declined`: there was one before, and somebody did not want it. */
export interface Onboarding {
  readonly outcome: "opened" | "updated" | "unchanged" | "declined";
  readonly number: number;
}

export function isOnboarding({ branch }: Pick<OpenPull, "branch">): boolean {
  return branch === ONBOARDING;
}

/**
 * Opens the pull request that adds a repository's own file, or brings its text up to date. Its branch is left as
 * it is once it is there, since people may write their own into the file. `earlier` was seen to be there, open or closed.
 */
export async function onboard(
  repository: InstalledRepository,
  snapshot: Snapshot,
  { pulls, earlier }: { readonly pulls: readonly OpenPull[]; readonly earlier: number | undefined },
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
  if (earlier !== undefined) return { outcome: "declined", number: earlier };
  // Another may have opened it since.
  const { data } = await client.rest.pulls.list({
    owner,
    repo,
    state: "all",
    head: `${owner}:${ONBOARDING}`,
  });
  const [other] = data;
  if (other) return { outcome: "declined", number: other.number };
  return { outcome: "opened", number: await openPull(repository, snapshot, { ...pull, branch: ONBOARDING }) };
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
