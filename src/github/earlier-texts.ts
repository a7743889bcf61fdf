import { type InstalledRepository, unlessMissing } from "./repository.ts";

const COMMITS_LOOKED_AT = 20;

/** What a file said at earlier commits. */
export interface EarlierText {
  readonly commit: string;
  readonly text: string;
}

/**
 * Before a branch, tag or commit, the default branch where none is named. Newest first, each read when it is
 * asked for; it ends where the file was not there.
 */
export async function* earlierTexts(
  repository: InstalledRepository,
  path: string,
  from?: string,
): AsyncGenerator<EarlierText> {
  const { client, owner, name: repo } = repository;
  const found = await client.rest.repos
    .listCommits({
      owner,
      repo,
      path,
      per_page: COMMITS_LOOKED_AT,
      ...(from === undefined ? {} : { sha: from }),
    })
    .catch(unlessMissing);
  // The first made it what it is now.
  for (const { sha } of found?.data.slice(1) ?? []) {
    const text = await textAt(repository, path, sha);
    if (text === undefined) return;
    yield { commit: sha, text };
  }
}

/** What a file says there; `undefined` where there is none, or where it is larger than GitHub shows (1 MB). */
export async function textAt(
  { client, owner, name: repo }: InstalledRepository,
  path: string,
  ref?: string,
): Promise<string | undefined> {
  const found = await client.rest.repos
    .getContent({ owner, repo, path, ...(ref === undefined ? {} : { ref }) })
    .catch(unlessMissing);
  const file = found?.data;
  if (!file || Array.isArray(file) || file.type !== "file" || !("content" in file)) return undefined;
  return file.encoding === "base64" ? Buffer.from(file.content, "base64").toString("utf8") : undefined;
}
