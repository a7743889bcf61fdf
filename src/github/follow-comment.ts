import type { ListedPull } from "./merged-pulls.ts";
import type { InstalledRepository } from "./repository.ts";

/** What a comment that is edited along the way says now. */
export interface StickyComment {
  readonly id: number;
  readonly body: string;
}

/** The App's own comments under its pull request, oldest first; whoever else quotes them is not heard. */
export async function ownComments(
  { client, owner, name: repo }: InstalledRepository,
  { number, author }: ListedPull,
): Promise<StickyComment[]> {
  const comments = await client.paginate(client.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  return comments
    .filter(({ user }) => user?.type === "Bot" && user.login === author)
    .map(({ id, body }) => ({ id, body: body ?? "" }));
}

/** Writes it for the first time, or in the place of what it said. */
export async function writeComment(
  { client, owner, name: repo }: InstalledRepository,
  issue: number,
  known: StickyComment | undefined,
  body: string,
): Promise<void> {
  if (!known) await client.rest.issues.createComment({ owner, repo, issue_number: issue, body });
  else if (known.body !== body)
    await client.rest.issues.updateComment({ owner, repo, comment_id: known.id, body });
}
