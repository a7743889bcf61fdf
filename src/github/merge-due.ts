import { type MergeTerms, whyNotMerged } from "../proposals/may-merge.ts";
import { readMarker } from "../proposals/marker.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { editedByOthers } from "./edited-by-others.ts";
import { mergePull } from "./merge.ts";
import { isHeld, type Published } from "./publish.ts";
import type { OpenPull } from "./pulls.ts";
import type { InstalledRepository } from "./repository.ts";

export interface MergeDueOptions extends MergeTerms {
  readonly pulls: readonly OpenPull[];
  readonly published: readonly Published[];
  /** Of a container, as markers name it. */
  readonly nameOf: (container: PlannedContainer) => string;
  readonly nowMs: number;
}

/**
 * Merges what the policy wants merged, is as it was proposed, has soaked, and whose checks have passed; gives the
 * numbers. What GitHub refuses, or whose checks are under way, is for the next sweep.
 */
export async function mergeDue(
  repository: InstalledRepository,
  { pulls, published, nameOf, nowMs, ...terms }: MergeDueOptions,
): Promise<number[]> {
  const wanted = published.filter(
    ({ outcome, proposal }) =>
      outcome === "unchanged" && proposal.containers.every(({ policy }) => policy.mode === "auto"),
  );
  if (wanted.length === 0) return [];
  const before = await mergedContainers(repository);
  const merged: number[] = [];
  for (const { number, proposal } of wanted) {
    const pull = pulls.find((one) => one.number === number);
    if (!pull || isHeld(pull.marker, nowMs)) continue;
    const ageSeconds = (nowMs - pull.createdMs) / 1000;
    if (whyNotMerged(proposal, ageSeconds, before, nameOf, terms) !== undefined) continue;
    if (await editedByOthers(repository, number)) continue;
    const result = await mergePull(repository, number, pull.head);
    if (result.outcome === "merged") merged.push(number);
  }
  return merged;
}

/** The containers of Loadline's newest merged pull requests. */
async function mergedContainers({
  client,
  owner,
  name: repo,
}: InstalledRepository): Promise<ReadonlySet<string>> {
  const { data } = await client.rest.pulls.list({
    owner,
    repo,
    state: "closed",
    sort: "updated",
    direction: "desc",
    per_page: 100,
  });
  const merged = data.filter(({ merged_at: at }) => at !== null);
  return new Set(merged.flatMap(({ body }) => readMarker(body ?? "")?.workloads ?? []));
}
