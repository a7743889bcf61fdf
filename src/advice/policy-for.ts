import type { Workload } from "../domain/workload.ts";
import { annotated } from "./annotations.ts";
import type { Policy } from "./policy.ts";
import { passedOver, type Selector } from "./selector.ts";

/** A policy for some workloads. */
export interface PolicyRule {
  readonly name: string;
  /** 1 to 1000. */
  readonly weight: number;
  readonly selector: Selector;
  readonly policy: Policy;
}

export interface Policies {
  /** For what no rule selects. */
  readonly fallback: Policy;
  readonly rules: readonly PolicyRule[];
}

export interface ChosenPolicy {
  readonly policy: Policy;
  /** The rule's name, or `policy` where none selects the workload. */
  readonly won: string;
  /** Why, in a sentence or a few. */
  readonly because: string;
  /** Annotations that say nothing that can be followed. */
  readonly warnings: readonly string[];
}

/** How the fallback is called. */
const FALLBACK = "policy";

/**
 * The heaviest rule that selects a workload, the first by name among equals, with the workload's annotations
 * over it. As in OptiPod, a disabled rule is passed over, and the next one counts.
 */
export function policyFor(
  workload: Workload,
  cluster: string,
  { fallback, rules }: Policies,
  container?: string,
): ChosenPolicy {
  const judged = rules.map((rule) => ({
    rule,
    against:
      rule.policy.mode === "disabled" ? "it is disabled" : passedOver(rule.selector, workload, cluster),
  }));
  const selecting = judged
    .flatMap(({ rule, against }) => (against === undefined ? [rule] : []))
    .sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1));
  const [winner, ...beaten] = selecting;
  const { policy, applied, warnings } = annotated(winner?.policy ?? fallback, workload, container);
  const passed = judged.flatMap(({ rule, against }) =>
    against === undefined ? [] : `"${rule.name}" is passed over: ${against}.`,
  );
  return {
    policy,
    won: winner?.name ?? FALLBACK,
    because: [
      winner ? `"${winner.name}" ${overOthers(winner, beaten)}.` : noneSelects(rules),
      ...passed,
      ...(applied.length > 0 ? [`The annotations ${applied.join(", ")} are over it.`] : []),
    ].join(" "),
    warnings,
  };
}

function overOthers({ weight }: PolicyRule, [next]: readonly PolicyRule[]): string {
  if (!next) return "is the only one that selects it";
  return next.weight === weight
    ? `comes before "${next.name}" by name; both have the weight ${weight}`
    : `has the weight ${weight} and wins over "${next.name}" with ${next.weight}`;
}

function noneSelects(rules: readonly PolicyRule[]): string {
  return rules.length === 0
    ? "There is one policy for all."
    : "No policy selects it, so that the default one counts.";
}
