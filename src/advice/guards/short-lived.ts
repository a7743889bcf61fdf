import { resourceDays } from "../../usage/usage.ts";
import { type Guard, notLowered } from "../guard.ts";

/** So many samples of a pod are likely to hold one near its height. */
const FEWEST_OF_POD = 5;

/**
 * What lives for a few scrapes, as many Jobs do, is seen at the same moments of each run: however many runs there
 * were, the height of all of them may lie in between.
 */
export const shortLived: Guard = (situation) => {
  const samples = new Map<string, number>();
  for (const { pod, values } of resourceDays(situation.usage, situation.resource))
    samples.set(pod, (samples.get(pod) ?? 0) + values.count);
  const counts = [...samples.values()].sort((a, b) => a - b);
  const median = counts[Math.floor(counts.length / 2)] ?? FEWEST_OF_POD;
  if (median >= FEWEST_OF_POD) return [];
  return notLowered(situation, {
    code: "short-lived",
    message: `half of its pods were seen at most ${median === 1 ? "once" : `${median} times`}: their highest use may lie between two scrapes`,
  });
};
