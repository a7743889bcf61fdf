import { isDeepStrictEqual } from "node:util";
import { type MergeTerms, whyNotMerged } from "../proposals/may-merge.ts";
import { enableAutoMerge, stopAutoMerge } from "./auto-merge.ts";
import { editedByOthers } from "./edited-by-others.ts";
import { mergePull } from "./merge.ts";
import { isHeld, type Published } from "./publish.ts";
import type { OpenPull } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";
import { markerNow } from "./rewrite-pull.ts";

export interface MergeDueOptions extends MergeTerms {
  readonly pulls: readonly OpenPull[];
  readonly published: readonly Published[];
  /** Containers, as markers name them, that merged pull requests changed. */
  readonly mergedBefore: readonly string[];
  readonly nowMs: number;
  /** Whether it may be merged at any time, and so by GitHub itself, which knows no windows. */
  readonly atAnyTime: boolean;
}

export interface MergeDueResult {
  readonly merged: readonly Published[];
  /** What GitHub did not merge. */
  readonly refused: readonly RefusedPull[];
  /** What went wrong with one of them; the others were seen to. */
  readonly faults: readonly unknown[];
}

interface RefusedPull {
  readonly number: number;
  readonly why: string;
  readonly isLeftToGitHub: boolean;
}

/**
 * Merges what the policy wants merged, is as it was proposed, has soaked, and whose checks have passed. What GitHub
 * refuses, or whose checks are under way, is left to GitHub's own merging where there is that, else to the next sweep.
 */
export async function mergeDue(
  repository: InstalledRepository,
  { pulls, published, mergedBefore, nowMs, atAnyTime, ...terms }: MergeDueOptions,
): Promise<MergeDueResult> {
  const faults: unknown[] = [];
  const unlessItFails = async (work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => faults.push(error));
  };
  // Who asked for a hold may have done so just when it was handed over to GitHub.
  for (const { number } of pulls.filter((pull) => pull.autoMerge && isHeld(pull.marker, nowMs)))
    await unlessItFails(async () => await stopAutoMerge(repository, number));
  const merged: Published[] = [];
  const refused: RefusedPull[] = [];
  const wanted = published.filter(
    ({ outcome, proposal }) =>
      outcome === "unchanged" && proposal.containers.every(({ policy }) => policy.mode === "auto"),
  );
  const before = new Set(mergedBefore);
  for (const one of wanted) {
    const pull = pulls.find(({ number }) => number === one.number);
    if (!pull || pull.autoMerge || isHeld(pull.marker, nowMs)) continue;
    const ageSeconds = (nowMs - pull.createdMs) / 1000;
    if (whyNotMerged(one.proposal, ageSeconds, before, terms) !== undefined) continue;
    await unlessItFails(async () => {
      const result = await mergeOne(repository, pull, atAnyTime);
      if (result === "merged") merged.push(one);
      else if (result) refused.push(result);
    });
  }
  return { merged, refused, faults };
}

/** `undefined` where it waits. */
async function mergeOne(
  repository: InstalledRepository,
  { number, head, marker }: OpenPull,
  atAnyTime: boolean,
): Promise<"merged" | RefusedPull | undefined> {
  if (await editedByOthers(repository, number)) return undefined;
  // Somebody may have said something to it while this sweep was measuring.
  if (!isDeepStrictEqual(await markerNow(repository, number), marker)) return undefined;
  const result = await mergePull(repository, number, head);
  if (result.outcome === "merged") return "merged";
  if (result.outcome === "failing") return undefined;
  const isLeftToGitHub = atAnyTime && (await enableAutoMerge(repository, number, head));
  return result.outcome === "refused" ? { number, why: result.why, isLeftToGitHub } : undefined;
}
