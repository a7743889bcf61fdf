import {
  type OverviewAnswer,
  overviewAnswer,
  overviewQuery,
  PULL_LISTS,
  type PullList,
  type PullNode,
} from "./overview-query.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";

export interface Pages {
  /** As long as they were read; empty where a list was not asked for. */
  readonly lists: Readonly<Record<PullList, readonly PullNode[]>>;
  /** Of what is one of its kind: with `all` only. */
  readonly singles: Pick<OverviewAnswer, "onboarding" | "complaint" | "dashboard">;
}

/** As many as GitHub gives at once; and fewer, where it does not manage these in the ten seconds that it takes. */
const [SIZE, SMALLER] = [100, 20];

/**
 * Lists of pull requests, back to what nobody touched since the times given, in Unix milliseconds, and the newest
 * hundred at the least. One request for all, and one more for each further page of the longest.
 */
export async function readPages(
  repository: InstalledRepository,
  backTo: Readonly<Partial<Record<PullList, number>>>,
  part: "all" | "lists",
): Promise<Pages> {
  const ask = asker(repository);
  const lists: Record<PullList, PullNode[]> = { open: [], merged: [], reverts: [], declined: [], closed: [] };
  /** Adds what pages hold; gives the cursors of lists that go on. */
  const take = (pages: OverviewAnswer): ReadonlyMap<PullList, string> => {
    const goOn = new Map<PullList, string>();
    for (const list of PULL_LISTS) {
      const { nodes = [], pageInfo } = pages[list] ?? {};
      lists[list].push(...nodes);
      const last = nodes.at(-1);
      const isFar = !last || (lists[list].length >= SIZE && touched(last) < (backTo[list] ?? Infinity));
      if (!isFar && pageInfo?.hasNextPage && pageInfo.endCursor !== null) goOn.set(list, pageInfo.endCursor);
    }
    return goOn;
  };
  const wanted = PULL_LISTS.filter((list) => backTo[list] !== undefined);
  const singles = await ask(overviewQuery(wanted, part));
  let cursors = take(singles);
  while (cursors.size > 0)
    cursors = take(await ask(overviewQuery([...cursors.keys()], "rest"), Object.fromEntries(cursors)));
  return { lists, singles };
}

/** When somebody or something last changed it, in Unix milliseconds. */
export function touched({ updatedAt }: PullNode): number {
  return Date.parse(updatedAt);
}

/** What was too much once is not asked for again: large pages are tried once, small ones as often as any request. */
function asker({ client, owner, name }: InstalledRepository) {
  let isLarge = true;
  return async (query: string, cursors: object = {}): Promise<OverviewAnswer> => {
    const once = async (): Promise<unknown> =>
      await client.graphql(query, {
        ...cursors,
        owner,
        name,
        ...(isLarge ? { size: SIZE, request: { retries: 0 } } : { size: SMALLER }),
      });
    const answer = await once().catch(async (error: unknown) => {
      if (!isLarge || !isTooMuch(error)) throw error;
      isLarge = false;
      return await once();
    });
    return overviewAnswer.parse(answer).repository;
  };
}

function isTooMuch(error: unknown): boolean {
  return (statusOf(error) ?? 0) >= 500 || (error instanceof Error && /resource limits/i.test(error.message));
}
