import { type InstalledRepository, statusOf } from "./repository.ts";

/** Whether a revision is a commit or comes after it; one that the repository does not know does not. */
export async function holdsCommit(
  { client, owner, name: repo }: InstalledRepository,
  revision: string,
  commit: string,
): Promise<boolean> {
  if (revision === commit) return true;
  try {
    const { data } = await client.rest.repos.compareCommitsWithBasehead({
      owner,
      repo,
      basehead: `${commit}...${revision}`,
      // Of the commits in between nothing is asked.
      per_page: 1,
    });
    return data.status === "ahead" || data.status === "identical";
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
