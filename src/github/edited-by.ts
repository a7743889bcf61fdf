import { z } from "zod";
import type { InstalledRepository } from "./repository.ts";

/** Somebody who edited an issue, as GitHub's GraphQL interface names them. */
export interface Editor {
  readonly login: string;
  readonly isBot: boolean;
}

/** Nobody any more, where the account was deleted. */
const actor = z.object({ kind: z.string(), login: z.string() }).nullable();
const edits = z.array(z.object({ editedAt: z.iso.datetime(), editor: actor }));

type Edit = z.infer<typeof edits>[number];

const answer = z.object({
  repository: z.object({
    issue: z.object({
      author: actor,
      newest: z.object({ totalCount: z.int(), nodes: edits }),
      oldest: z.object({ nodes: edits }),
    }),
  }),
});

/**
 * Everybody else who edited an issue of Loadline's since Loadline wrote it last, each once. Rejects where GitHub does
 * not name all of them. An edit of the same second as Loadline's own counts as one after it.
 */
export async function editorsSinceWritten(
  { client, owner, name }: InstalledRepository,
  number: number,
): Promise<readonly Editor[]> {
  const { repository } = answer.parse(await client.graphql(EDITS, { owner, name, number }));
  const { author, newest, oldest } = repository.issue;
  // A person may be called as the App is, but for what GitHub's GraphQL interface leaves out of its name.
  const isOwn = ({ editor }: Edit): boolean =>
    editor?.kind === "Bot" && author?.kind === "Bot" && editor.login === author.login;
  // In whatever order GitHub lists them: from both ends.
  const known = [...newest.nodes, ...oldest.nodes];
  const late = latestMs(newest.nodes) >= latestMs(oldest.nodes) ? newest.nodes : oldest.nodes;
  // Between the ends may be others, and Loadline's own before them is not its last.
  if (newest.totalCount > known.length && !late.some(isOwn)) throw unnamed();
  const since = latestMs(known.filter(isOwn));
  const editors = new Map<string, Editor>();
  for (const edit of known.filter((one) => !isOwn(one) && Date.parse(one.editedAt) >= since)) {
    if (!edit.editor) throw unnamed();
    const { login, kind } = edit.editor;
    editors.set(login, { login, isBot: kind !== "User" });
  }
  return [...editors.values()];
}

function unnamed(): Error {
  return new Error("GitHub does not name everybody who edited it");
}

/** In Unix milliseconds; 0 of none. */
function latestMs(some: readonly Edit[]): number {
  return Math.max(0, ...some.map(({ editedAt }) => Date.parse(editedAt)));
}

const EDITS = `
  query ($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) {
      issue(number: $number) {
        author { kind: __typename login }
        newest: userContentEdits(first: 50) { totalCount nodes { editedAt editor { kind: __typename login } } }
        oldest: userContentEdits(last: 50) { nodes { editedAt editor { kind: __typename login } } }
      }
    }
  }`;
