import type { Scan } from "../gitops/scan.ts";
import { changeFindings } from "./change-findings.ts";
import { brokenRecipes, type Finding } from "./finding.ts";
import type { ContainerPair } from "./pair.ts";
import { type MeasuredUse, usageFindings } from "./usage-findings.ts";

/** All that is to be said of a change from one tree to another, where `used` knows what its containers used. */
export function findingsOf(
  before: Pick<Scan, "recipes">,
  after: Pick<Scan, "recipes">,
  pairs: readonly ContainerPair[],
  used: ReadonlyMap<ContainerPair, MeasuredUse> = new Map(),
): Finding[] {
  return [
    ...brokenRecipes(before.recipes, after.recipes),
    ...pairs.flatMap((pair) => [...changeFindings(pair), ...usageFindings(pair, used.get(pair) ?? {})]),
  ];
}
