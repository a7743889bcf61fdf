import type { Reason } from "../domain/reason.ts";
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
    case "remove":
      return undefined;
    case "proportional":
      if (typeof own === "number") return readable(resource, own);
      return request === current.request ? current.limit : proportional(request, current.limit, situation);
    case "ratio":
      return rule.ratio === 1 ? request : readable(resource, request * rule.ratio);
    case "headroom":
      return readable(resource, peakOf(usage, resource) * (1 + rule.percent / 100));
  }
}

/** Where the policy takes limits away and something else demands one, it is kept. */
export function limitRule(situation: Situation): LimitRule {
  const { resource, policy } = situation;
  const kept = policy.updateRequestsOnly || limitDemanded(situation) !== undefined;
  return kept ? { rule: "keep" } : policy.limits[resource];
}

/**
 * Why a limit that the policy takes away has to stay: the API server would refuse pods without one, or write one
 * into them. A Guaranteed pod keeps its limits anyway.
 */
export function limitDemanded(situation: Situation): Reason | undefined {
  const { resource, workload, surroundings, policy, guaranteed } = situation;
  if (guaranteed || policy.limits[resource].rule !== "remove") return undefined;
  const here = ({ namespace }: { readonly namespace: string }): boolean => namespace === workload.namespace;
  const range = surroundings.containerRanges
    .filter(here)
    .find(({ max, podMax, maxLimitRequestRatio, defaultLimit }) =>
      [max, podMax, maxLimitRequestRatio, defaultLimit].some((amounts) => amounts?.[resource] !== undefined),
    );
  if (range)
    return { code: "limit-range", message: `the LimitRange "${range.name}" gives every container a limit` };
  const quota = surroundings.quotas.filter(here).find(({ hard }) => hard.limits[resource] !== undefined);
  return quota && { code: "quota", message: `the ResourceQuota "${quota.name}" demands a limit` };
}

function proportional(request: number, limit: number, { resource, current }: Situation): number {
  // To a request of nothing there is no ratio: then the limit is not lowered.
  if (current.request === undefined || current.request === 0) return Math.max(request, limit);
  const ratio = Math.max(1, limit / current.request);
  return ratio === 1 ? request : readable(resource, request * ratio);
}
