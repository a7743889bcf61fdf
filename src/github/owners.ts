import { CODEOWNERS_FILES, parseCodeowners } from "../proposals/codeowners.ts";
import { textAt } from "./earlier-texts.ts";
import { type InstalledRepository, unlessMissing } from "./repository.ts";

/**
 * Who owns each of the files that a pull request changes, by the CODEOWNERS of the branch it goes to; none where
 * there is no such pull request. A renamed file counts by both its names. Rejects where GitHub does not name all
 * files.
 */
export async function ownersOfPull(
  repository: InstalledRepository,
  number: number,
): Promise<readonly (readonly string[])[]> {
  const { client, owner, name: repo } = repository;
  const pull = { owner, repo, pull_number: number };
  const found = await client.rest.pulls.get(pull).catch(unlessMissing);
  if (!found) return [];
  const files = await client.paginate(client.rest.pulls.listFiles, { ...pull, per_page: 100 });
  // GitHub lists no more than 3,000.
  if (files.length < found.data.changed_files)
    throw new Error(`GitHub names ${files.length} of the ${found.data.changed_files} files that change`);
  const names = files.flatMap(({ filename, previous_filename: before }) => [
    filename,
    ...(before ? [before] : []),
  ]);
  const ownersOf = parseCodeowners((await codeowners(repository, found.data.base.ref)) ?? "");
  return names.map(ownersOf);
}

async function codeowners(repository: InstalledRepository, branch: string): Promise<string | undefined> {
  for (const file of CODEOWNERS_FILES) {
    const text = await textAt(repository, file, branch);
    if (text !== undefined) return text;
  }
  return undefined;
}
