import type { ResourceName } from "../domain/resources.ts";
import { merge } from "../usage/sketch.ts";
import { resourceDays } from "../usage/usage.ts";
import type { Strategy } from "./strategy.ts";

/** OptiPod's formula over all samples of all pods: percentile × safetyFactor. */
export function pooledPercentile({
  percentile,
  safetyFactor,
}: {
  readonly percentile: number;
  readonly safetyFactor: Readonly<Record<ResourceName, number>>;
}): Strategy {
  return {
    name: "percentile",
    need({ resource, usage }) {
      const all = resourceDays(usage, resource).map(({ values }) => values);
      const [only] = all;
      const pooled = all.length === 1 && only ? only : merge(all);
      if (pooled.count === 0) return undefined;
      return {
        request: pooled.quantile(percentile / 100) * safetyFactor[resource],
        because: `${percentile} % of all samples × ${safetyFactor[resource]}`,
      };
    },
  };
}
