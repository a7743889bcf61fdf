import type { InstalledRepository } from "./repository.ts";

/** Somebody who edited an issue, as GitHub's GraphQL interface names them. */
export interface Editor {
  readonly login: string;
  readonly isBot: boolean;
}

interface Edit {
  readonly editedAt: string;
  /** Nobody any more, where the account was deleted. */
  readonly editor: { readonly __typename: string; readonly login: string } | null;
}

interface Answer {
  readonly repository: {
    readonly issue: {
      readonly author: { readonly login: string } | null;
      readonly newest: { readonly totalCount: number; readonly nodes: readonly Edit[] };
      readonly oldest: { readonly nodes: readonly Edit[] };
    };
  };
}

/**
 * Everybody else who edited an issue of Loadline's since Loadline wrote it last, each once. Rejects where GitHub does
 * not name all of them. An edit of the same second as Loadline's own counts as one after it.
 */
export async function editorsSinceWritten(
  { client, owner, name }: InstalledRepository,
  number: number,
): Promise<readonly Editor[]> {
  const { repository } = await client.graphql<Answer>(EDITS, { owner, name, number });
  const { author, newest, oldest } = repository.issue;
  // In whatever order GitHub lists them: from both ends.
  const edits = [...newest.nodes, ...oldest.nodes];
  const isOwn = ({ editor }: Edit): boolean => editor !== null && editor.login === author?.login;
  const own = edits.filter(isOwn).map(({ editedAt }) => Date.parse(editedAt));
  if (own.length === 0 && newest.totalCount > newest.nodes.length)
    throw new Error("GitHub does not name everybody who edited it");
  const since = Math.max(0, ...own);
  const editors = new Map<string, Editor>();
  for (const edit of edits.filter((one) => !isOwn(one) && Date.parse(one.editedAt) >= since)) {
    if (!edit.editor) throw new Error("GitHub does not name everybody who edited it");
    const { login, __typename: type } = edit.editor;
    editors.set(login, { login, isBot: type !== "User" });
  }
  return [...editors.values()];
}

const EDITS = `
  query ($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) {
      issue(number: $number) {
        author { login }
        newest: userContentEdits(first: 50) { totalCount nodes { editedAt editor { __typename login } } }
        oldest: userContentEdits(last: 50) { nodes { editedAt editor { __typename login } } }
      }
    }
  }`;
