import { lookAgain, NOT_TWICE } from "./look-again.ts";
import type { InstalledRepository } from "./repository.ts";

/** 👀, so that the person sees at once that somebody is at work. */
export async function react(
  { client, owner, name: repo }: InstalledRepository,
  comment: number,
): Promise<void> {
  await client.rest.reactions.createForIssueComment({ owner, repo, comment_id: comment, content: "eyes" });
}

/** Whether a comment has its answer. */
export async function isAnswered(
  repository: InstalledRepository,
  issue: number,
  comment: number,
): Promise<boolean> {
  return (await said(repository, issue, answerMarker(comment))) !== undefined;
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

/** What a comment ends with that answers another. */
export function answerMarker(comment: number): string {
  return markerOf(`answers ${comment}`);
}

/** One comment for each thing to say; said again, it takes the place of the first. */
export async function sayOnce(
  repository: InstalledRepository,
  issue: number,
  about: string,
  text: string,
): Promise<void> {
  const { client, owner, name: repo } = repository;
  const marker = markerOf(about);
  const body = `${text}\n${marker}`;
  await lookAgain(async () => {
    const given = await said(repository, issue, marker);
    if (!given) {
      const { data: made } = await client.rest.issues.createComment({
        owner,
        repo,
        issue_number: issue,
        body,
        request: NOT_TWICE,
      });
      // Another process may have found nothing either: the first comment is the one that stays.
      const first = await said(repository, issue, marker);
      if (first && first.id !== made.id)
        await client.rest.issues.deleteComment({ owner, repo, comment_id: made.id });
    } else if (given.body !== body)
      await client.rest.issues.updateComment({ owner, repo, comment_id: given.id, body });
  });
}

function markerOf(about: string): string {
  return `<!-- loadline ${about} -->`;
}

interface SaidComment {
  readonly id: number;
  readonly body: string;
}

/** The first comment of a bot that ends with a marker. */
async function said(
  { client, owner, name: repo }: InstalledRepository,
  issue: number,
  marker: string,
): Promise<SaidComment | undefined> {
  const comments = await client.paginate(client.rest.issues.listComments, {
    owner,
    repo,
    issue_number: issue,
    per_page: 100,
  });
  return comments
    .filter(({ user }) => user?.type === "Bot")
    .map(({ id, body }) => ({ id, body: body ?? "" }))
    .find(({ body }) => body.trimEnd().endsWith(marker));
}
