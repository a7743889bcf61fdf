import type { Reason } from "../domain/reason.ts";
import type { ResourceField } from "../domain/resources.ts";
import { anyPlace, type ContainerRef, placeOf, refOf, type ScannedContainer } from "../gitops/scan.ts";

/** `error`: Kubernetes refuses it; `warning`: it is likely to hurt; `note`: what changes. */
export const LEVELS = ["error", "warning", "note"] as const;
export type Level = (typeof LEVELS)[number];

/** What can be said, each with the sentence that explains it; the names stay. */
export const RULES = {
  "request-above-limit": "A request is above its limit, which Kubernetes refuses.",
  "request-removed": "A request is taken away.",
  "request-missing": "A new container sets no request.",
  "limit-removed": "A limit is taken away.",
  "memory-limit-missing": "A new container sets no memory limit.",
  "request-below-usage": "A request is below what is used nineteen times of twenty.",
  "limit-below-peak": "A memory limit is below the most that was used.",
  "not-rendered": "What rendered before does so no longer.",
  "amount-changed": "A request or limit changes.",
  "container-added": "A container is new.",
  "container-gone": "A container is gone.",
} as const;
export type Rule = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES).filter((name): name is Rule => Object.hasOwn(RULES, name));

/** One thing to say of one container, where possible at a line of the tree as it is now. */
export interface Finding {
  readonly rule: Rule;
  readonly level: Level;
  readonly message: string;
  /** Absent where a whole recipe is meant. */
  readonly of?: ContainerRef;
  readonly resource?: ResourceField;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** A finding at the line that sets a number or would, else at any line that is the container's. */
export function findingAt(
  at: ScannedContainer,
  said: Pick<Finding, "rule" | "level" | "message">,
  resource?: ResourceField,
): Finding {
  const place = (resource && placeOf(at, resource)) ?? anyPlace(at);
  const { file, line, column } = place ?? {};
  const { message, ...rest } = said;
  return {
    ...rest,
    message: `${nameOf(at)}: ${message}`,
    of: refOf(at),
    ...(resource === undefined ? {} : { resource }),
    ...(file === undefined || line === undefined || column === undefined ? {} : { file, line, column }),
  };
}

/** `Deployment/shop/api web`. */
function nameOf(at: ScannedContainer): string {
  const { workload, container } = refOf(at);
  return `${workload} ${container}`;
}

/** Recipes that rendered at the base and are refused now: nothing can be said of their containers. */
export function brokenRecipes(
  before: readonly { readonly id: string; readonly refused?: Reason }[],
  after: readonly { readonly id: string; readonly refused?: Reason }[],
): Finding[] {
  const rendered = new Set(before.filter(({ refused }) => !refused).map(({ id }) => id));
  return after.flatMap(({ id, refused }): Finding[] => {
    if (!refused || !rendered.has(id)) return [];
    const { message, file, line } = refused;
    const said = { rule: "not-rendered", level: "warning", message: `${id}: ${message}` } as const;
    return [{ ...said, ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) }];
  });
}
