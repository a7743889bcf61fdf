import { type ContainerUsage, resourceDays } from "../usage/usage.ts";
import type { Situation } from "./situation.ts";
import { type Need, needAt, type NeedAt, throughDay } from "./strategy.ts";

/** No more pods than this are asked for one by one: those with the highest use. */
const MOST_PODS = 32;

/**
 * What the strategy says of all pods together, or, where pods differ much as shards do, the largest of what it
 * says of each: a request is the same for all of them. `undefined` where it says nothing.
 */
export function needsOf(situation: Pick<Situation, "policy" | "resource" | "usage">): NeedAt {
  const {
    policy: { strategy },
    resource,
    usage,
  } = situation;
  // Worked out for what is asked about: much is held before that.
  let together: NeedAt | undefined;
  const alone = new Map<string, NeedAt>();
  const ofPod = (pod: string): NeedAt => {
    const known = alone.get(pod);
    if (known) return known;
    const days = usage.days.filter((one) => one.pod === pod);
    const needs = needAt(strategy, { resource, usage: { ...usage, days } });
    alone.set(pod, needs);
    return needs;
  };
  return (moment) => {
    together ??= needAt(strategy, { resource, usage });
    const pooled = together(moment);
    if (!pooled) return pooled;
    const needs = unevenPods(situation, throughDay(usage, moment.lastDay)).flatMap((pod): Need[] => {
      const need = ofPod(pod)(moment);
      return need ? [{ ...need, because: `${need.because} (pod ${pod}, which uses the most)` }] : [];
    });
    return needs.reduce((a, b) => (b.request > a.request ? b : a), pooled);
  };
}

/** The pods of which one uses much more than the median; none where they are alike. */
function unevenPods(
  { resource, policy }: Pick<Situation, "policy" | "resource">,
  usage: ContainerUsage,
): string[] {
  const [first] = usage.days;
  if (usage.days.every(({ pod }) => pod === first?.pod)) return [];
  const pods = Map.groupBy(resourceDays(usage, resource), ({ pod }) => pod);
  const seen = [...pods].flatMap(([pod, days]) => {
    const of = days.map(({ values }) => values);
    const count = of.reduce((sum, values) => sum + values.count, 0);
    // What lived for a few minutes says little of what a pod uses.
    if (count < policy.minimumSamples) return [];
    return [{ pod, mean: of.reduce((sum, { mean, count: n }) => sum + (mean * n) / count, 0) }];
  });
  seen.sort((a, b) => b.mean - a.mean);
  const [largest, median] = [seen[0]?.mean ?? 0, seen[Math.floor(seen.length / 2)]?.mean ?? 0];
  if (seen.length < 2 || largest <= median * policy.guards.unevenPods) return [];
  return seen.slice(0, MOST_PODS).map(({ pod }) => pod);
}
