import type { InstalledRepository } from "./repository.ts";

/** 👀, so that the person sees at once that somebody is at work. */
export async function react(
  { client, owner, name: repo }: InstalledRepository,
  comment: number,
): Promise<void> {
  await client.rest.reactions.createForIssueComment({ owner, repo, comment_id: comment, content: "eyes" });
}

/** Answers a comment once: a second answer to the same comment takes the place of the first. */
export async function answer(
  repository: InstalledRepository,
  issue: number,
  to: number,
  text: string,
): Promise<void> {
  await sayOnce(repository, issue, `answers ${to}`, text);
}

/** One comment for each thing to say; said again, it takes the place of the first. */
export async function sayOnce(
  { client, owner, name: repo }: InstalledRepository,
  issue: number,
  about: string,
  text: string,
): Promise<void> {
  const marker = `<!-- loadline ${about} -->`;
  const body = `${text}\n${marker}`;
  const comments = await client.paginate(client.rest.issues.listComments, {
    owner,
    repo,
    issue_number: issue,
    per_page: 100,
  });
  const given = comments.find((comment) => comment.user?.type === "Bot" && comment.body?.includes(marker));
  if (!given) await client.rest.issues.createComment({ owner, repo, issue_number: issue, body });
  else if (given.body !== body)
    await client.rest.issues.updateComment({ owner, repo, comment_id: given.id, body });
}
