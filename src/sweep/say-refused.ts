import { sayOnce } from "../github/comments.ts";
import type { InstalledRepository } from "../github/repository.ts";
import { type MergeRefused, mergeRefused } from "../proposals/merge-refused.ts";

/** Says in a pull request why it is not merged by itself, in one comment that changes only with the reason. */
export async function sayRefused(
  repository: InstalledRepository,
  { number, ...refused }: MergeRefused & { readonly number: number },
): Promise<void> {
  const text = mergeRefused(refused);
  if (text !== undefined) await sayOnce(repository, number, "not-merged", text);
}
