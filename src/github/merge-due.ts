import { type MergeTerms, whyNotMerged } from "../proposals/may-merge.ts";
import { enableAutoMerge } from "./auto-merge.ts";
import { editedByOthers } from "./edited-by-others.ts";
import { mergePull } from "./merge.ts";
import { isHeld, type Published } from "./publish.ts";
import type { OpenPull } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";

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
  readonly refused: readonly {
    readonly number: number;
    readonly why: string;
    readonly isLeftToGitHub: boolean;
  }[];
}

/**
 * Merges what the policy wants merged, is as it was proposed, has soaked, and whose checks have passed. What GitHub
 * refuses, or whose checks are under way, is left to GitHub's own merging where there is that, else to the next sweep.
 */
export async function mergeDue(
  repository: InstalledRepository,
  { pulls, published, mergedBefore, nowMs, atAnyTime, ...terms }: MergeDueOptions,
): Promise<MergeDueResult> {
  const wanted = published.filter(
    ({ outcome, proposal }) =>
      outcome === "unchanged" && proposal.containers.every(({ policy }) => policy.mode === "auto"),
  );
  const before = new Set(mergedBefore);
  const merged: Published[] = [];
  const refused: MergeDueResult["refused"][number][] = [];
  for (const one of wanted) {
    const { number, proposal } = one;
    const pull = pulls.find((open) => open.number === number);
    if (!pull || pull.autoMerge || isHeld(pull.marker, nowMs)) continue;
    const ageSeconds = (nowMs - pull.createdMs) / 1000;
    if (whyNotMerged(proposal, ageSeconds, before, terms) !== undefined) continue;
    if (await editedByOthers(repository, number)) continue;
    const result = await mergePull(repository, number, pull.head);
    if (result.outcome === "merged") merged.push(one);
    if (result.outcome === "merged" || result.outcome === "failing") continue;
    const isLeftToGitHub = atAnyTime && (await enableAutoMerge(repository, number, pull.head));
    if (result.outcome === "refused") refused.push({ number, why: result.why, isLeftToGitHub });
  }
  return { merged, refused };
}
