import type { LimitRule } from "./policy.ts";
import { readable } from "./readable.ts";
import { peakOf } from "./seen.ts";
import type { Situation } from "./situation.ts";

/** Whether request and limit are one number and stay so: what bounds one bounds the other. */
export function areOne(situation: Situation): boolean {
  const { current, guaranteed } = situation;
  const rule = limitRule(situation);
  if (current.limit === undefined || current.limit !== current.request || rule.rule === "keep") return false;
  return guaranteed || (rule.rule === "ratio" && rule.ratio === 1);
}

/**
 * What a container's limit shall be when its request is `request`, before the guards; never invented. `own` is
 * the strategy's, which counts instead of the present ratio.
 */
export function limitFor(
  request: number,
  own: number | null | undefined,
  situation: Situation,
): number | undefined {
  const { resource, usage, current } = situation;
  if (current.limit === undefined) return undefined;
  const rule = limitRule(situation);
  if (areOne(situation)) return request;
  switch (rule.rule) {
    case "keep":
      return current.limit;
    case "proportional":
      if (typeof own === "number") return readable(resource, own);
      return request === current.request ? current.limit : proportional(request, current.limit, situation);
    case "ratio":
      return rule.ratio === 1 ? request : readable(resource, request * rule.ratio);
    case "headroom":
      return Math.max(request, readable(resource, peakOf(usage, resource) * (1 + rule.percent / 100)));
  }
}

export function limitRule({ resource, policy }: Situation): LimitRule {
  return policy.updateRequestsOnly ? { rule: "keep" } : policy.limits[resource];
}

function proportional(request: number, limit: number, { resource, current }: Situation): number {
  // To a request of nothing there is no ratio: then the limit is not lowered.
  if (current.request === undefined || current.request === 0) return Math.max(request, limit);
  const ratio = Math.max(1, limit / current.request);
  return ratio === 1 ? request : readable(resource, request * ratio);
}
