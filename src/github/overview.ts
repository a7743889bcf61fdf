import { readMarker } from "../proposals/marker.ts";
import { COMPLAINT } from "./complaint.ts";
import { DASHBOARD } from "./dashboard.ts";
import type { ListedPull } from "./merged-pulls.ts";
import {
  type IssueNode,
  overviewAnswer,
  overviewQuery,
  PULL_LISTS,
  type PullList,
  type PullNode,
  type PullPage,
} from "./overview-query.ts";
import type { OwnIssue, OwnIssueKind } from "./own-issue.ts";
import { type EndedPull, isOurBranch, type OpenPull, speaksAgainst } from "./pulls.ts";
import { type InstalledRepository, statusOf } from "./repository.ts";

/** All that is Loadline's in a repository, as it was at one moment. */
export interface Overview {
  readonly open: readonly OpenPull[];
  /** Merged, with the label, and not followed to their end yet. */
  readonly merged: readonly ListedPull[];
  /** That take others back, whatever became of them. */
  readonly reverts: readonly ListedPull[];
  /** Those that {@link speaksAgainst} what they are like. */
  readonly ended: readonly EndedPull[];
  /** Anybody's that are no longer open, with a marker where they are Loadline's; none where they were not asked for. */
  readonly closed: readonly EndedPull[];
  /** The pull request that adds a repository's own file, open or closed: its number. */
  readonly onboarding: number | undefined;
  readonly complaint: OwnIssue | undefined;
  readonly dashboard: OwnIssue | undefined;
}

/**
 * How far back lists are read, to what nobody touched since, in Unix milliseconds: what is older costs nothing, however
 * much there is of it. Of `closed` nothing is read where it is left out, else the newest hundred at the least. Of those
 * that were closed without being merged the newest hundred are read.
 */
export interface LookBack {
  readonly merged: number;
  readonly reverts: number;
  readonly closed?: number;
}

/** One request, and one more for each further hundred of the longest list. */
export async function readOverview(repository: InstalledRepository, since: LookBack): Promise<Overview> {
  const { client, owner, name } = repository;
  const backTo = { open: -Infinity, declined: Infinity, ...since };
  const found: Record<PullList, PullNode[]> = { open: [], merged: [], reverts: [], declined: [], closed: [] };
  const ask = async (lists: readonly PullList[], part: "first" | "rest", cursors: object) => {
    const asked = overviewQuery(lists, part);
    const answer = await inTime(
      async (size) => await client.graphql(asked, { owner, name, size, ...cursors }),
    );
    return overviewAnswer.parse(answer).repository;
  };
  /** Adds what a page holds; gives the cursors of lists that go on. */
  const take = (pages: Awaited<ReturnType<typeof ask>>): ReadonlyMap<PullList, string> => {
    const goOn = new Map<PullList, string>();
    for (const list of PULL_LISTS) {
      const page = pages[list];
      found[list].push(...(page?.nodes ?? []));
      const next = page && nextOf(page, backTo[list] ?? Infinity);
      if (next !== undefined) goOn.set(list, next);
    }
    return goOn;
  };
  const first = await ask(
    PULL_LISTS.filter((list) => backTo[list] !== undefined),
    "first",
    {},
  );
  let cursors = take(first);
  while (cursors.size > 0)
    cursors = take(await ask([...cursors.keys()], "rest", Object.fromEntries(cursors)));
  const reverts = found.reverts.filter((one) => touched(one) >= since.reverts);
  return {
    open: found.open.filter(isOurs).map(openPull),
    merged: found.merged
      .filter((one) => touched(one) >= since.merged)
      .flatMap(listedPull)
      .filter(({ marker }) => !marker.followed),
    reverts: reverts.flatMap(listedPull),
    ended: [...found.declined, ...reverts].map(endedPull).filter(speaksAgainst),
    closed: found.closed.map(endedPull),
    onboarding: first.onboarding?.nodes.find((one) => !one.isCrossRepository)?.number,
    complaint: ownIssue(COMPLAINT, first.complaint?.nodes),
    dashboard: ownIssue(DASHBOARD, first.dashboard?.nodes),
  };
}

/** As many as GitHub gives at once; and fewer, where it does not manage these in the ten seconds that it takes. */
const [SIZE, SMALLER] = [100, 20];

async function inTime(ask: (size: number) => Promise<unknown>): Promise<unknown> {
  try {
    return await ask(SIZE);
  } catch (error) {
    const isTooMuch = error instanceof Error && /resource limits/i.test(error.message);
    if (!isTooMuch && (statusOf(error) ?? 0) < 500) throw error;
    return await ask(SMALLER);
  }
}

/** Where a list goes on that was not read far enough back yet. */
function nextOf({ pageInfo, nodes }: PullPage, backToMs: number): string | undefined {
  const last = nodes.at(-1);
  const isEnough = !pageInfo.hasNextPage || !last || touched(last) < backToMs;
  return isEnough ? undefined : (pageInfo.endCursor ?? undefined);
}

function touched({ updatedAt }: PullNode): number {
  return Date.parse(updatedAt);
}

/** Anybody may name a branch of a fork so. */
function isOurs({ headRefName, isCrossRepository }: PullNode): boolean {
  return isOurBranch(headRefName) && !isCrossRepository;
}

function openPull(one: PullNode): OpenPull {
  const { number, title, body, headRefName: branch, headRefOid: head } = one;
  return {
    number,
    title,
    body,
    branch,
    head,
    autoMerge: one.autoMergeRequest !== null,
    labels: (one.labels?.nodes ?? []).map((label) => label.name),
    createdMs: Date.parse(one.createdAt),
    marker: readMarker(body),
  };
}

function endedPull(one: PullNode): EndedPull {
  const { number, headRefName: branch, body } = one;
  return { number, branch, ...mergedMsOf(one), marker: isOurs(one) ? readMarker(body) : undefined };
}

function listedPull(one: PullNode): ListedPull[] {
  const { number, title, body, author, state } = one;
  const marker = readMarker(body);
  if (!isBot(one) || !marker) return [];
  // As REST calls it, by which its comments are told from others'.
  const login = `${author?.login}[bot]`;
  return [{ number, title, body, author: login, open: state === "OPEN", marker, ...mergedMsOf(one) }];
}

function mergedMsOf({ mergedAt }: PullNode): { readonly mergedMs?: number } {
  return mergedAt === null ? {} : { mergedMs: Date.parse(mergedAt) };
}

/** Anybody may write such an issue, so only the App's own counts. */
function ownIssue({ marker }: OwnIssueKind, nodes: readonly IssueNode[] = []): OwnIssue | undefined {
  const found = nodes.find((one) => isBot(one) && one.body.includes(marker));
  if (!found) return undefined;
  return { number: found.number, state: found.state === "OPEN" ? "open" : "closed", body: found.body };
}

function isBot({ author }: IssueNode): boolean {
  return author?.kind === "Bot";
}
