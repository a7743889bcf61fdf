import type { InstalledRepository } from "./repository.ts";

/** Any commit with another author or committer than the App: a person works on it. */
export async function editedByOthers(
  { client, owner, name: repo }: InstalledRepository,
  pull: number,
): Promise<boolean> {
  const commits = await client.paginate(client.rest.pulls.listCommits, {
    owner,
    repo,
    pull_number: pull,
    per_page: 100,
  });
  return commits.some(isOfOthers);
}

/** The same of a branch without a pull request: of the commits that another has not. */
export async function hasCommitsOfOthers(
  { client, owner, name: repo }: InstalledRepository,
  branch: string,
  base: string,
): Promise<boolean> {
  const basehead = `${base}...${branch}`;
  const { data } = await client.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead });
  return data.commits.some(isOfOthers);
}

interface Committed {
  readonly author: Doer | null;
  readonly committer: Doer | null;
}

interface Doer {
  readonly login?: string;
  readonly type?: string;
}

function isOfOthers({ author, committer }: Committed): boolean {
  return (
    author?.type !== "Bot" ||
    !(committer?.login === "web-flow" || committer?.type === "Bot" || committer === null)
  );
}
