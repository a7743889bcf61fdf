import { baseUnits, type Quantity } from "../domain/quantity.ts";
import { markerName } from "./evidence.ts";
import type { Proposal } from "./proposal.ts";

/** When a pull request may be merged without a person. */
export interface MergeTerms {
  /** So long it must have been open, in seconds. */
  readonly soakSeconds: number;
  /** A number that becomes less by more than this many percent waits for a person. */
  readonly largestDecreasePercent: number;
}

/**
 * Why a proposal is not merged by itself; `undefined` where it may be. It must be wanted by the policy of each
 * container, proven, small in what it takes away, and of containers that a person has let change before.
 */
export function whyNotMerged(
  { containers }: Proposal,
  ageSeconds: number,
  mergedBefore: ReadonlySet<string>,
  { soakSeconds, largestDecreasePercent }: MergeTerms,
): string | undefined {
  if (containers.length === 0 || containers.some(({ policy }) => policy.mode !== "auto"))
    return "the policy of a container does not ask for it";
  if (containers.some(({ source }) => source.status !== "proven" || source.proof?.rendered !== true))
    return "not everything in it is proven by rendering";
  if (containers.some((one) => largestDecreaseOf(one.source.proof?.changed ?? []) > largestDecreasePercent))
    return `it takes away more than ${largestDecreasePercent} %`;
  if (containers.some((one) => !mergedBefore.has(markerName(one))))
    return "a container in it was never changed by a merged pull request before";
  return ageSeconds < soakSeconds ? "it has not been open for long enough" : undefined;
}

/** In percent. A limit that is taken away leaves more, not less. */
export function largestDecreaseOf(
  changed: readonly { readonly before: Quantity | undefined; readonly after: Quantity | undefined }[],
): number {
  const decreases = changed.map(({ before = "0", after = before }) =>
    baseUnits(before) === 0 ? 0 : (1 - baseUnits(after) / baseUnits(before)) * 100,
  );
  return Math.max(0, ...decreases);
}
