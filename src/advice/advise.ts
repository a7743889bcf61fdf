import type { Window } from "../domain/duration.ts";
import type { Reason } from "../domain/reason.ts";
import { type ResourceName, type Resources, withAmount, withoutAmount } from "../domain/resources.ts";
import { type Advised, type ConfidenceLevel, confidenceOf, levelOf } from "./confidence.ts";
import type { Policy } from "./policy.ts";
import { quantityOf } from "./readable.ts";
import { type Change, shape } from "./shape.ts";
import { savings } from "./significance.ts";
import { situationsOf, type Subject } from "./situation.ts";

export type { Subject } from "./situation.ts";

/** Why a resource of a container was left as it was, or moved otherwise than its use alone would ask. */
export interface Hold extends Reason {
  readonly resource: ResourceName;
}

/** What a container should ask for, and on which evidence. */
export interface Advice {
  /** All four numbers as they should be, unchanged ones included; null where nothing is to change. */
  readonly recommended: Resources | null;
  readonly held: readonly Hold[];
  /** What decided, in a sentence, for each resource that changes. */
  readonly because: readonly { readonly resource: ResourceName; readonly sentence: string }[];
  /** Guards that decided over what use alone would ask. */
  readonly guarded: readonly Hold[];
  /** Why something is raised without delay: it had too little. */
  readonly urgent: readonly Hold[];
  /** How likely the advice holds for a week, 0 to 1. */
  readonly confidence: number;
  readonly confidenceLevel: ConfidenceLevel;
}

/**
 * What a container should ask for: the policy's strategy says what it needs, guards bound it, it is rounded up
 * to what people write, and small changes are left out. What has too little is raised without delay; lowering
 * goes in steps.
 */
export function advise(subject: Subject, window: Window, policy: Policy): Advice {
  const parts = worthwhile(
    situationsOf(subject, window, policy).map((situation) => ({ situation, shaped: shape(situation) })),
    policy,
  );
  const changes = parts.flatMap(({ situation: { resource }, shaped }) =>
    "held" in shaped ? [] : [{ resource, ...shaped }],
  );
  const asked = changes.length > 0 ? parts.filter(({ shaped }) => !("held" in shaped)) : parts;
  const confidence = confidenceOf(asked);
  return {
    recommended: changes.length === 0 ? null : changes.reduce(withChange, subject.container.resources),
    held: parts.flatMap(({ situation: { resource }, shaped }) =>
      "held" in shaped ? [{ resource, ...shaped.held }] : [],
    ),
    because: changes.map(({ resource, because }) => ({ resource, sentence: because })),
    guarded: changes.flatMap(({ resource, guard }) => (guard ? [{ resource, ...guard }] : [])),
    urgent: changes.flatMap(({ resource, urgent }) => (urgent ? [{ resource, ...urgent }] : [])),
    confidence,
    confidenceLevel: levelOf(confidence),
  };
}

function withChange(
  resources: Resources,
  { resource, request, limit }: Change & { readonly resource: ResourceName },
): Resources {
  const asked =
    request === undefined
      ? resources
      : withAmount(resources, `requests.${resource}`, quantityOf(resource, request));
  if (limit === undefined) return asked;
  return limit === null
    ? withoutAmount(asked, `limits.${resource}`)
    : withAmount(asked, `limits.${resource}`, quantityOf(resource, limit));
}

/** Holds what is lowered where all of it together saves too little; what is raised is never held by money. */
function worthwhile(parts: readonly Advised[], { prices, minimumSavings }: Policy): readonly Advised[] {
  if (!prices || minimumSavings === 0) return parts;
  const lowered = parts.flatMap(({ situation: { resource, current }, shaped }) =>
    "request" in shaped && shaped.request !== undefined && shaped.request < (current.request ?? 0)
      ? [[resource, (current.request ?? 0) - shaped.request] as const]
      : [],
  );
  const replicas = parts[0]?.situation.workload.replicas ?? 1;
  const saved = savings(Object.fromEntries(lowered), replicas, prices);
  if (saved >= minimumSavings) return parts;
  const held = {
    code: "saving-too-small",
    message: `it would save ${saved.toFixed(2)} ${prices.currency} a month, less than ${minimumSavings}`,
  };
  return parts.map((part) =>
    lowered.some(([resource]) => resource === part.situation.resource) ? { ...part, shaped: { held } } : part,
  );
}
