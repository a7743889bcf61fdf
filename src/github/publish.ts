import type { Grouping } from "../domain/grouping.ts";
import type { Reason } from "../domain/reason.ts";
import { isAsDeclined } from "../proposals/declined.ts";
import { type Limits, room } from "../proposals/limits.ts";
import { type Marker, readMarker, type Said, withMarker } from "../proposals/marker.ts";
import { byUrgency } from "../proposals/order.ts";
import type { Proposal } from "../proposals/proposal.ts";
import { isSpokenFor, overlaps, whySuperseded } from "../proposals/superseded.ts";
import { closePull } from "./close-pull.ts";
import { stopAutoMerge } from "./auto-merge.ts";
import { sayOnce } from "./comments.ts";
import { editedByOthers } from "./edited-by-others.ts";
import { commitFiles, openPull } from "./open-pull.ts";
import { closedPulls, openedAt, type OpenPull, speaksAgainst } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";
import { changeSaid, markerNow, rewritePull } from "./rewrite-pull.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * What became of a proposal. `rebased`: the same edits on files that had changed; `declined`: closed by a
 * person; `hands-off`: a person committed to its branch; `held`: a person asked to wait.
 */
export interface Published {
  readonly outcome: "opened" | "updated" | "rebased" | "unchanged" | "declined" | "hands-off" | "held";
  readonly proposal: Proposal;
  /** Of the pull request. */
  readonly number: number;
}

export interface PublishResult {
  readonly published: readonly Published[];
  /** What is to be opened when limits and windows allow. */
  readonly waiting: readonly Proposal[];
  /** What is not opened for a reason of its own. */
  readonly held: readonly HeldProposal[];
  readonly closed: readonly ClosedPull[];
}

export interface HeldProposal {
  readonly proposal: Proposal;
  readonly reason: Reason;
}

/** A pull request that nothing is left to do for, or whose place others have taken. */
export type ClosedPull = Pick<OpenPull, "number" | "title" | "body"> & {
  /** In a sentence. */
  readonly why: string;
};

export interface PublishOptions {
  /** As they were read before the planning, since what people said in them counts there. */
  readonly pulls: readonly OpenPull[];
  /** Those that were seen to speak against what they are like. */
  readonly ended: readonly Pick<OpenPull, "number" | "marker">[];
  /** What has a pull request of its own. */
  readonly grouping: Grouping;
  readonly limits: Limits;
  /** Whether pull requests may be opened at this time. */
  readonly mayOpen: boolean;
  readonly nowMs: number;
  /** Why a pull request that nothing is proposed for any more is to be closed; `undefined` leaves it. */
  readonly settled: (marker: Marker) => string | undefined;
  /** Branches of proposals that a person asked for: they come now, whatever the limits, and though they were declined. */
  readonly asked?: ReadonlySet<string>;
  /** Pull requests that are made anew although a person committed to them. */
  readonly giveBack?: ReadonlySet<number>;
}

/**
 * Brings a repository's pull requests to what is proposed: at the most five writes for each that is new, four
 * for one that changes, none for one that stays. The branch, the pull request and its hidden marker are all
 * the state there is, so that doing it again changes nothing.
 */
export async function publish(
  repository: InstalledRepository,
  snapshot: Snapshot,
  proposals: readonly Proposal[],
  options: PublishOptions,
): Promise<PublishResult> {
  const { pulls } = options;
  const pullOf = new Map(pulls.map((pull) => [pull.branch, pull]));
  const published: Published[] = [];
  for (const proposal of proposals) {
    const pull = pullOf.get(proposal.branch);
    if (pull) published.push(await update(repository, snapshot, proposal, pull, options));
    pullOf.delete(proposal.branch);
  }
  const closed: ClosedPull[] = [];
  const kept: OpenPull[] = [];
  for (const pull of pullOf.values()) {
    const why = await whyClosed(repository, pull, proposals, options);
    if (why === undefined || !pull.marker) kept.push(pull);
    else {
      await closePull(repository, pull, why);
      closed.push({ ...pull, why });
    }
  }
  const branches = new Set(pulls.map(({ branch }) => branch));
  const [fresh, held] = heldBack(
    proposals.filter(({ branch }) => !branches.has(branch)),
    kept,
  );
  const opened = await openFresh(repository, snapshot, fresh, pulls.length - closed.length, options);
  return { ...opened, published: [...published, ...opened.published], held, closed };
}

/** What an open pull request that people have a hand in proposes already is not proposed a second time. */
function heldBack(
  fresh: readonly Proposal[],
  kept: readonly OpenPull[],
): readonly [Proposal[], HeldProposal[]] {
  const held = fresh.flatMap((proposal): HeldProposal[] => {
    const pull = kept.find(({ marker }) => marker && overlaps(marker, proposal));
    const message = `#${pull?.number} proposes some of it, and is left as it is, since people have a hand in it; merge or close that first`;
    return pull ? [{ proposal, reason: { code: "open-elsewhere", message } }] : [];
  });
  return [fresh.filter((proposal) => !held.some((one) => one.proposal === proposal)), held];
}

async function update(
  repository: InstalledRepository,
  snapshot: Snapshot,
  proposal: Proposal,
  pull: OpenPull,
  { nowMs, giveBack }: PublishOptions,
): Promise<Published> {
  const { number, marker } = pull;
  const given = giveBack?.has(number) ?? false;
  const wanted = markerOf(proposal, undefined);
  const same = marker?.fingerprint === wanted.fingerprint;
  if (same && !given && (marker.base === undefined || marker.base === wanted.base))
    return { outcome: "unchanged", proposal, number };
  if (!given) {
    // Somebody may have said so while this sweep was measuring.
    if (isHeld(marker, nowMs) || isHeld(await markerNow(repository, number), nowMs))
      return { outcome: "held", proposal, number };
    if (marker?.said?.handsOff === pull.head) return { outcome: "hands-off", proposal, number };
    if (await editedByOthers(repository, number)) {
      await leaveTo(repository, pull);
      return { outcome: "hands-off", proposal, number };
    }
  }
  const { client, owner, name: repo } = repository;
  const sha = await commitFiles(repository, snapshot, proposal);
  await stopAutoMerge(repository, number);
  await client.rest.git.updateRef({ owner, repo, ref: `heads/${proposal.branch}`, sha, force: true });
  await rewritePull(repository, number, (_, now) => ({
    title: proposal.title,
    body: withMarker(proposal.body, markerOf(proposal, given ? without(now?.said, "handsOff") : now?.said)),
  }));
  return { outcome: same ? "rebased" : "updated", proposal, number };
}

function markerOf({ body }: Proposal, said: Said | undefined): Marker {
  const marker = readMarker(body);
  if (!marker) throw new Error("a proposal has no marker");
  return said === undefined ? marker : { ...marker, said: { ...marker.said, ...said } };
}

function without(said: Said | undefined, key: keyof Said): Said | undefined {
  return said && Object.fromEntries(Object.entries(said).filter(([name]) => name !== key));
}

export function isHeld(marker: Marker | undefined, nowMs: number): boolean {
  const until = marker?.said?.holdUntil;
  return until !== undefined && Date.parse(until) > nowMs;
}

/** Says so once for each commit of a person: first in a comment, then to the next sweep. */
async function leaveTo(repository: InstalledRepository, pull: OpenPull): Promise<void> {
  await sayOnce(repository, pull.number, "hands-off", HANDS_OFF);
  if (pull.marker) await changeSaid(repository, pull.number, (said) => ({ ...said, handsOff: pull.head }));
}

const HANDS_OFF =
  "Somebody else committed to this branch, so it is left alone from now on, although other values would be proposed today. `/loadline rebase` makes it anew, without those commits.";

/** Why a pull request that nothing is proposed for any more is closed; `undefined` leaves it. */
async function whyClosed(
  repository: InstalledRepository,
  { marker, number }: OpenPull,
  proposals: readonly Proposal[],
  { settled, grouping, nowMs }: PublishOptions,
): Promise<string | undefined> {
  if (!marker || isHeld(marker, nowMs)) return undefined;
  const word =
    settled(marker) ?? (isSpokenFor(marker) ? undefined : whySuperseded(marker, grouping, proposals));
  return word === undefined || (await editedByOthers(repository, number)) ? undefined : word;
}

async function openFresh(
  repository: InstalledRepository,
  snapshot: Snapshot,
  fresh: readonly Proposal[],
  open: number,
  { pulls, ended, limits, mayOpen, asked = new Set(), nowMs }: PublishOptions,
): Promise<Pick<PublishResult, "published" | "waiting">> {
  const reverts = pulls.filter(({ marker }) => marker?.reverts);
  const seen = sorted(fresh, [...reverts, ...ended], asked);
  const mayAny = mayOpen && open < limits.open;
  if (!seen.wanted.some(({ branch }) => mayAny || asked.has(branch)))
    return { published: seen.declined, waiting: seen.wanted.toSorted(byUrgency) };
  // Somebody may have closed one while this sweep was measuring, or before it had its label.
  const now = sorted(seen.wanted, (await closedPulls(repository)).filter(speaksAgainst), asked);
  const published = [...seen.declined, ...now.declined];
  const places = mayOpen && now.wanted.length > 0 ? room(limits, open, await openedAt(repository), nowMs) : 0;
  const first = now.wanted.filter(({ branch }) => asked.has(branch));
  const others = now.wanted.filter(({ branch }) => !asked.has(branch)).toSorted(byUrgency);
  const left = Math.max(0, places - first.length);
  for (const proposal of [...first, ...others.slice(0, left)])
    published.push({ outcome: "opened", proposal, number: await openPull(repository, snapshot, proposal) });
  return { published, waiting: others.slice(left) };
}

/** Which of them are declined by earlier ones, but for those that a person asked for. */
function sorted(
  fresh: readonly Proposal[],
  earlier: readonly Pick<OpenPull, "number" | "marker">[],
  asked: ReadonlySet<string>,
): { readonly declined: Published[]; readonly wanted: Proposal[] } {
  const declined: Published[] = [];
  const wanted: Proposal[] = [];
  for (const proposal of fresh) {
    const by = asked.has(proposal.branch) ? undefined : earlier.find((pull) => declines(pull, proposal));
    if (by) declined.push({ outcome: "declined", proposal, number: by.number });
    else wanted.push(proposal);
  }
  return { declined, wanted };
}

/**
 * Closed by a person, or taken back by a pull request that is open or merged; on whatever branch, since what is for
 * the same containers may be grouped otherwise now, or be declared elsewhere.
 */
function declines({ marker }: Pick<OpenPull, "marker">, proposal: Proposal): boolean {
  const now = readMarker(proposal.body);
  return marker !== undefined && !marker.settled && now !== undefined && isAsDeclined(marker, now);
}
