import { applyPatch, parsePatch, reversePatch } from "diff";
import type { FileChange } from "../gitops/tree-change.ts";
import type { InstalledRepository } from "./repository.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The files of a merged pull request as they would be without it, on today's base. `undefined` where one of
 * them has changed in the same lines since, is gone, or is too large for GitHub to show its difference.
 */
export async function withoutPull(
  { client, owner, name: repo }: InstalledRepository,
  number: number,
  snapshot: Snapshot,
): Promise<FileChange[] | undefined> {
  const files = await client.paginate(client.rest.pulls.listFiles, {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  const changes: FileChange[] = [];
  for (const { filename: path, patch, status } of files) {
    if (status !== "modified" || patch === undefined) return undefined;
    const before = new TextDecoder().decode(await snapshot.tree.read(path));
    const [parsed] = parsePatch(`${patch}\n`);
    const after = parsed !== undefined && applyPatch(before, reversePatch(parsed), { fuzzFactor: 0 });
    if (after === false) return undefined;
    changes.push({ path, before, after });
  }
  return changes;
}
