import type { Policy } from "../../advice/policy.ts";
import { type Hurt, tooLittleOf, whyReverted } from "../../followup/revert-body.ts";
import { type Target, targetsOf } from "../../followup/target.ts";
import { editedByOthers } from "../../github/edited-by-others.ts";
import { mergePull } from "../../github/merge.ts";
import { type ListedPull, mergeOf } from "../../github/merged-pulls.ts";
import { isHeld } from "../../github/publish.ts";
import { openPulls } from "../../github/pulls.ts";
import type { InstalledRepository } from "../../github/repository.ts";
import { takeBack, takenBackBy } from "../../github/take-back.ts";
import { largestDecreaseOf } from "../../proposals/may-merge.ts";
import { sayRefused } from "../say-refused.ts";
import { checkPulls } from "../checks/check-pulls.ts";
import type { SweepSetup } from "../setup.ts";
import { mayMergeAt } from "../windows.ts";

/**
 * Opens the pull request that takes back what hurts, once and never again, and proves it; gives its number, or
 * `undefined` where the same lines have changed since.
 */
export async function revertWhatHurts(
  setup: SweepSetup,
  repository: InstalledRepository,
  { number, title, marker }: ListedPull,
  hurt: readonly Hurt[],
): Promise<number | undefined> {
  const known = await takenBackBy(repository, number);
  if (known !== undefined) return known;
  const merge = await mergeOf(repository, number);
  if (!merge) return undefined;
  const taken = await takeBack(repository, {
    number,
    title,
    branch: merge.branch,
    marker,
    worse: { at: new Date(setup.now()).toISOString(), tooLittle: tooLittleOf(hurt) },
    why: whyReverted(number, hurt),
  });
  if (taken === "changed") return undefined;
  await checkPulls(setup, `${repository.owner}/${repository.name}`, new Set([taken.number]));
  return taken.number;
}

/**
 * Merges a pull request that takes back what hurt, where the policy of all its workloads merges by itself, and by
 * the same rules but for the soak, since what hurts does not get better by waiting. Its checks must have passed,
 * the one that proves it among them.
 */
export async function mergeRevert(
  setup: SweepSetup,
  repository: InstalledRepository,
  listed: ListedPull,
  policyOf: (target: Target) => Promise<Policy | undefined>,
): Promise<boolean> {
  const { config, now } = setup;
  if (!mayMergeAt(config, now())) return false;
  const targets = targetsOf(listed.marker);
  const { largestDecreasePercent } = config.pullRequests.merge;
  if (targets.some(({ changed }) => largestDecreaseOf(changed) > largestDecreasePercent)) return false;
  for (const target of targets) if ((await policyOf(target))?.mode !== "auto") return false;
  const pull = (await openPulls(repository)).find(({ number }) => number === listed.number);
  if (!pull || isHeld(pull.marker, now()) || (await editedByOthers(repository, pull.number))) return false;
  const { number, head } = pull;
  const result = await mergePull(repository, number, head);
  if (result.outcome === "refused")
    await sayRefused(repository, { number, why: result.why, isLeftToGitHub: false });
  return result.outcome === "merged";
}
