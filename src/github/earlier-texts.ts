import { type InstalledRepository, statusOf } from "./repository.ts";

const COMMITS_LOOKED_AT = 20;

/** What a file said at earlier commits. */
export interface EarlierText {
  readonly commit: string;
  readonly text: string;
}

/** Newest first, each read when it is asked for; it ends where the file was not there. */
export async function* earlierTexts(
  { client, owner, name: repo }: InstalledRepository,
  commit: string,
  path: string,
): AsyncGenerator<EarlierText> {
  const { data } = await client.rest.repos.listCommits({
    owner,
    repo,
    sha: commit,
    path,
    per_page: COMMITS_LOOKED_AT,
  });
  // The first made it what it is now.
  for (const { sha } of data.slice(1)) {
    const found = await client.rest.repos.getContent({ owner, repo, path, ref: sha }).catch(unlessMissing);
    const file = found?.data;
    if (!file || !("content" in file) || file.type !== "file") return;
    yield { commit: sha, text: Buffer.from(file.content, "base64").toString("utf8") };
  }
}

function unlessMissing(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}
