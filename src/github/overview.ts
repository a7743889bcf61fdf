import { readMarker } from "../proposals/marker.ts";
import { COMPLAINT } from "./complaint.ts";
import { DASHBOARD } from "./dashboard.ts";
import type { ListedPull } from "./merged-pulls.ts";
import { type Pages, readPages, touched } from "./overview-pages.ts";
import type { IssueNode, PullNode } from "./overview-query.ts";
import type { OwnIssue, OwnIssueKind } from "./own-issue.ts";
import { type EndedPull, isOurBranch, type OpenPull, speaksAgainst } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";

/** What is followed. */
export interface Merges {
  /** Merged, with the label, and not followed to their end yet. */
  readonly merged: readonly ListedPull[];
  /** That take others back, whatever became of them. */
  readonly reverts: readonly ListedPull[];
}

/** All that is Loadline's in a repository, as it was at one moment. */
export interface Overview extends Merges {
  readonly open: readonly OpenPull[];
  /** Those that {@link speaksAgainst} what they are like. */
  readonly ended: readonly EndedPull[];
  /** Anybody's that are no longer open, with a marker where they are Loadline's; none where they were not asked for. */
  readonly closed: readonly EndedPull[];
  /** Containers, as markers name them, that merged ones of Loadline's changed: the newest hundred at the least. */
  readonly mergedBefore: readonly string[];
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
  const backTo = { open: -Infinity, declined: Infinity, ...since };
  const { lists, singles } = await readPages(repository, backTo, "all");
  const { open, declined, closed } = lists;
  const reverts = lists.reverts.filter((one) => touched(one) >= since.reverts);
  return {
    ...mergesOf(lists, since),
    open: open.filter(isOurs).map(openPull),
    ended: [...declined, ...reverts].map(endedPull).filter(speaksAgainst),
    closed: closed.map(endedPull),
    mergedBefore: lists.merged.filter(isOurs).flatMap(({ body }) => readMarker(body)?.workloads ?? []),
    onboarding: singles.onboarding?.nodes.find((one) => !one.isCrossRepository)?.number,
    complaint: ownIssue(COMPLAINT, singles.complaint?.nodes),
    dashboard: ownIssue(DASHBOARD, singles.dashboard?.nodes),
  };
}

/** As {@link readOverview}, and only what is followed. */
export async function readMerges(
  repository: InstalledRepository,
  { merged, reverts }: LookBack,
): Promise<Merges> {
  const since = { merged, reverts };
  return mergesOf((await readPages(repository, since, "lists")).lists, since);
}

function mergesOf({ merged, reverts }: Pages["lists"], since: LookBack): Merges {
  return {
    merged: merged
      .filter((one) => touched(one) >= since.merged)
      .flatMap(listedPull)
      .filter(({ marker }) => !marker.followed),
    reverts: reverts.filter((one) => touched(one) >= since.reverts).flatMap(listedPull),
  };
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
