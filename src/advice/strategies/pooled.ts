import { type Distribution, exactDistribution } from "../../usage/distribution.ts";
import { merge, Sketch } from "../../usage/sketch.ts";

/** All values of several distributions: exact where every value is known, else with the error of sketches. */
export function pooled(distributions: readonly Distribution[]): Distribution {
  const [only] = distributions;
  if (only && distributions.length === 1) return only;
  return distributions.some((one) => one instanceof Sketch)
    ? merge(distributions)
    : exactDistribution(everyValue(distributions));
}

function* everyValue(distributions: readonly Distribution[]): Generator<number> {
  for (const distribution of distributions)
    for (const [value, count] of distribution.bins())
      for (let repeated = 0; repeated < count; repeated++) yield value;
}
