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
  return commits.some(
    ({ author, committer }) =>
      author?.type !== "Bot" ||
      !(committer?.login === "web-flow" || committer?.type === "Bot" || committer === null),
  );
}
