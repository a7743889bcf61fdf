import type { Reason } from "../domain/reason.ts";
import { type Bound, notLowered } from "./guard.ts";
import { GATES, GUARDS } from "./guards/guards.ts";
import { limitBeside, requestBeside } from "./guards/limit-range-ratio.ts";
import { areOne, limitDemanded, limitFor, limitRule } from "./limit.ts";
import { needOf } from "./need.ts";
import { quantityOf, readable } from "./readable.ts";
import { settle } from "./settle.ts";
import { insignificant } from "./significance.ts";
import type { Situation } from "./situation.ts";
import type { Need } from "./strategy.ts";

/** What becomes of a resource of a container: numbers in cores or bytes, or why it is left as it is. */
export type Shaped = Change | { readonly held: Reason };

export interface Change {
  /** Absent where it stays. */
  readonly request?: number;
  /** Null where it is taken away. */
  readonly limit?: number | null;
  /** What decided, for the reviewer. */
  readonly because: string;
  /** The guard that decided over the strategy. */
  readonly guard?: Reason;
  /** Why it is raised without delay. */
  readonly urgent?: Reason;
}

/** strategy → guards → readable steps → significance, for one resource of a container. */
export function shape(situation: Situation): Shaped {
  for (const gate of GATES) {
    const held = gate(situation);
    if (held) return { held };
  }
  const { resource, current, policy, workload, starved } = situation;
  const need = needOf(situation);
  if (!need) return { held: { code: "not-enough-data", message: "what was measured says too little" } };
  const bounds = boundsOf(situation);
  const request = settle(readable(resource, need.request), current.request, bounds.requests);
  const pressing = starved && (areOne(situation) || starved.side === "requests");
  const small = pressing
    ? undefined
    : insignificant(current.request, request.amount, resource, workload.replicas ?? 1, policy);
  const settled = small ? (current.request ?? request.amount) : request.amount;
  const removed = isRemoved(situation);
  const limit = removed ? undefined : settledLimit(settled, need.limit, situation, bounds.limits);
  const amount = Math.min(settled, limit ?? settled);
  const unchanged = amount === current.request;
  if (unchanged && !removed && limit === current.limit)
    return { held: reasonToStay(situation, need, request, small) };
  const guard = (unchanged ? undefined : request.because) ?? limitDemanded(situation);
  // Where only the limit is written, it is the request too, and moved alone would move that.
  const written = situation.container.resources.requests[resource] !== undefined;
  return {
    ...(unchanged && written ? {} : { request: amount }),
    ...(removed ? { limit: null } : {}),
    ...(limit === undefined || limit === current.limit ? {} : { limit }),
    because: unchanged && removed ? `the policy has no ${resource} limits; ${need.because}` : need.because,
    ...(guard ? { guard } : {}),
    ...(starved ? { urgent: { code: starved.code, message: starved.message } } : {}),
  };
}

/** A Guaranteed pod, whose limits are its requests, keeps them. */
function isRemoved(situation: Situation): boolean {
  const { current, guaranteed } = situation;
  return current.limit !== undefined && !guaranteed && limitRule(situation).rule === "remove";
}

/** All bounds by side; where request and limit are one number, of both sides. */
function boundsOf(situation: Situation): Readonly<Record<Bound["side"], readonly Bound[]>> {
  const { resource, current, starved } = situation;
  const one = areOne(situation);
  const all: readonly Bound[] = [
    ...(starved ? [{ ...starved, least: readable(resource, starved.least) }] : []),
    ...(starved ? notLowered(situation, { code: starved.code, message: starved.message }) : []),
    ...GUARDS.flatMap((guard) => guard(situation)),
  ];
  const limits = all.filter(({ side }) => one || side === "limits");
  const requests = all.filter(({ side }) => one || side === "requests");
  if (current.limit === undefined || one || isRemoved(situation)) return { requests, limits };
  const keeps = limitRule(situation).rule === "keep";
  const least = Math.max(0, ...limits.map((bound) => bound.least ?? 0));
  return {
    limits,
    requests: [
      ...requests,
      ...requestBeside(keeps ? current.limit : least, situation),
      ...(keeps ? [belowKeptLimit(situation, current.limit)] : []),
    ],
  };
}

function belowKeptLimit({ resource }: Situation, limit: number): Bound {
  return {
    side: "requests",
    code: resource === "cpu" ? "cpu-limit" : "memory-limit",
    message: `its ${resource} limit of ${quantityOf(resource, limit)} is left as it is`,
    most: limit,
  };
}

function settledLimit(
  request: number,
  own: number | null | undefined,
  situation: Situation,
  bounds: readonly Bound[],
): number | undefined {
  const { resource, current, workload, policy, starved } = situation;
  const wanted = limitFor(request, own, situation);
  if (wanted === undefined || areOne(situation) || limitRule(situation).rule === "keep") return wanted;
  const { amount } = settle(Math.max(wanted, request), current.limit, [
    ...bounds,
    ...limitBeside(request, situation),
  ]);
  const stays =
    (current.limit ?? 0) >= request &&
    !starved &&
    insignificant(current.limit, amount, resource, workload.replicas ?? 1, policy);
  return stays ? current.limit : amount;
}

function reasonToStay(
  situation: Situation,
  need: Need,
  request: { readonly amount: number; readonly because?: Reason },
  small: Reason | undefined,
): Reason {
  const { resource, current, starved } = situation;
  if (starved?.side === "limits" && limitRule(situation).rule === "keep")
    return {
      code: resource === "cpu" ? "cpu-limit" : "memory-limit",
      message: `${starved.message}, and the policy keeps its limit`,
    };
  if (request.amount !== current.request && small) return small;
  const text = quantityOf(resource, current.request ?? 0);
  if (!request.because) return { code: "right-sized", message: `${text} is left as it is: ${need.because}` };
  const asked = quantityOf(resource, readable(resource, need.request));
  return request.because.code === "bounds" || asked === text
    ? request.because
    : { code: request.because.code, message: `${asked} would do, but ${request.because.message}` };
}
