import { type ContainerUsage, resourceDays } from "../usage/usage.ts";
import type { Situation } from "./situation.ts";
import type { Need } from "./strategy.ts";

/** No more pods than this are asked for one by one: those with the highest use. */
const MOST_PODS = 32;

/**
 * What the strategy says of all pods together, or, where pods differ much as shards do, the largest of what it
 * says of each: a request is the same for all of them. `undefined` where it says nothing.
 */
export function needOf({ policy, resource, usage, atMs, container }: Situation): Need | undefined {
  const { requests, limits } = container.resources;
  const needOfDays = (days: ContainerUsage["days"]): Need | undefined =>
    policy.strategy.need({
      resource,
      usage: { ...usage, days },
      atMs,
      current: { request: requests[resource], limit: limits[resource] },
    });
  const pooled = needOfDays(usage.days);
  if (!pooled) return undefined;
  const alone = unevenPods({ policy, resource, usage }).flatMap((pod): Need[] => {
    const need = needOfDays(usage.days.filter((one) => one.pod === pod));
    return need ? [{ ...need, because: `${need.because} (pod ${pod}, which uses the most)` }] : [];
  });
  return alone.reduce((a, b) => (b.request > a.request ? b : a), pooled);
}

/** The pods of which one uses much more than the median; none where they are alike. */
function unevenPods({ resource, policy, usage }: Pick<Situation, "policy" | "resource" | "usage">): string[] {
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
