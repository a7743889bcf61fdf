import { changedFields } from "../domain/resources.ts";
import { refOf, type ScannedContainer } from "../gitops/scan.ts";

/** One container as it is rendered before and after; one of them is absent where it is new or gone. */
export type ContainerPair =
  | { readonly before?: ScannedContainer; readonly after: ScannedContainer }
  | { readonly before: ScannedContainer; readonly after?: undefined };

/**
 * The containers whose numbers two trees render differently, and those that are new or gone. The same container
 * has the same recipe; where recipes have moved, the same workload.
 */
export function pairContainers(
  before: readonly ScannedContainer[],
  after: readonly ScannedContainer[],
): ContainerPair[] {
  const left = new Map(before.map((one) => [exactKey(one), one]));
  const pairs: ContainerPair[] = [];
  const unmatched: ScannedContainer[] = [];
  for (const now of after) {
    const old = left.get(exactKey(now));
    left.delete(exactKey(now));
    if (!old) unmatched.push(now);
    else if (changedFields(old.current, now.current).length > 0) pairs.push({ before: old, after: now });
  }
  const byName = Map.groupBy(left.values(), nameKey);
  const newByName = Map.groupBy(unmatched, nameKey);
  for (const now of unmatched) {
    const [old, ...others] = byName.get(nameKey(now)) ?? [];
    const moved = old && others.length === 0 && newByName.get(nameKey(now))?.length === 1;
    if (moved) left.delete(exactKey(old));
    if (!moved) pairs.push({ after: now });
    else if (changedFields(old.current, now.current).length > 0) pairs.push({ before: old, after: now });
  }
  return [...pairs, ...[...left.values()].map((old) => ({ before: old }))];
}

function exactKey(at: ScannedContainer): string {
  return JSON.stringify([refOf(at), at.role === "main"]);
}

function nameKey(at: ScannedContainer): string {
  const { workload, container } = refOf(at);
  return JSON.stringify([workload, container, at.role === "main"]);
}
