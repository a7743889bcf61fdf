import type { Reason } from "../../domain/reason.ts";
import { type Gate, type Guard, notLowered } from "../guard.ts";
import { type Seen, seenOf } from "../seen.ts";
import type { Situation } from "../situation.ts";

/** What is enough to raise a request, of what it takes to lower one. */
const SHARE_TO_RAISE = 1 / 4;

/** Holds where nothing was seen, or too little even to raise what is there. */
export const enoughToRaise: Gate = (situation) => {
  const { usage, resource, current } = situation;
  const seen = seenOf(usage, resource);
  if (seen.samples === 0) return { code: "no-data", message: "no usage was measured in the window" };
  const share = current.request === undefined ? 1 : SHARE_TO_RAISE;
  return isLess(seen, situation, share) && !situation.starved ? tooLittle(seen, situation) : undefined;
};

export const enoughToLower: Guard = (situation) => {
  const seen = seenOf(situation.usage, situation.resource);
  return isLess(seen, situation, 1) ? notLowered(situation, tooLittle(seen, situation)) : [];
};

function isLess(seen: Seen, { policy }: Situation, share: number): boolean {
  return seen.samples < policy.minimumSamples * share || seen.seconds < policy.minimumHistorySeconds * share;
}

function tooLittle({ samples, seconds }: Seen, { policy }: Situation): Reason {
  const { minimumSamples, minimumHistorySeconds } = policy;
  return {
    code: "not-enough-data",
    message: `not enough data: ${samples} samples over ${(seconds / 3600).toFixed(1)} h, at least ${minimumSamples} over ${minimumHistorySeconds / 3600} h are needed`,
  };
}
