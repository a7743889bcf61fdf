import { baseUnits, isQuantity } from "../domain/quantity.ts";
import { RESOURCE_NAMES, type ResourceName } from "../domain/resources.ts";
import type { Workload } from "../domain/workload.ts";
import type { Mode, Policy } from "./policy.ts";
import { type StrategyChoice, strategyOf } from "./strategy-choice.ts";

const PREFIX = "loadline.dev/";
/** From the one that does most. */
const MODES: readonly Mode[] = ["auto", "recommend", "disabled"];

export interface Annotated {
  readonly policy: Policy;
  /** Names of the annotations that were followed. */
  readonly applied: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * A policy as one annotation would have it, or what is wrong with its value. Whoever may annotate a workload is not who
 * runs Loadline: nothing goes beyond what is `allowed`, the policy without annotations.
 */
type Setting = (policy: Policy, value: string, allowed: Policy) => Policy | string;

const SETTINGS: Readonly<Record<string, Setting>> = {
  mode: (policy, value, allowed) => {
    const mode = MODES.find((one) => one === value);
    if (mode === undefined) return `is none of ${MODES.join(", ")}`;
    return MODES.indexOf(mode) < MODES.indexOf(allowed.mode)
      ? `goes beyond the policy's ${allowed.mode}`
      : { ...policy, mode };
  },
  strategy: (policy, value) => withChoice(policy, { name: value }),
  profile: (policy, value, { choice }) => {
    if (value !== "balanced" && value !== "safe") return "is neither balanced nor safe";
    return value === "balanced" && choice.profile === "safe"
      ? "goes beyond the policy's safe"
      : withChoice(policy, { profile: value });
  },
  percentile: (policy, value, { choice }) => {
    const percentile = Number(value);
    if (!/^[\d.]+$/.test(value) || !(percentile >= 1 && percentile <= 100))
      return "is no number from 1 to 100";
    return percentile < choice.percentile
      ? `is less than the policy's ${choice.percentile}`
      : withChoice(policy, { percentile });
  },
  ...Object.fromEntries(
    RESOURCE_NAMES.flatMap((resource) =>
      (["min", "max"] as const).map((end): [string, Setting] => [
        `${end}-${resource}`,
        (policy, value, allowed) => withBound(policy, resource, end, value, allowed),
      ]),
    ),
  ),
};

/**
 * A workload's own wishes over a policy: `loadline.dev/mode`, `strategy`, `profile`, `percentile`, `min-cpu`,
 * `max-cpu`, `min-memory`, `max-memory`; with `<container>.` in front they are for one container and win.
 */
export function annotated(policy: Policy, workload: Workload, container: string | undefined): Annotated {
  const own = Object.entries(workload.annotations)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, value]) => ({ key, value, ...nameOf(key.slice(PREFIX.length)) }))
    .filter((one) => one.container === undefined || one.container === container)
    // Of each name that of the container first, as it wins; the most before the least, which has to fit below it.
    .sort(
      (a, b) =>
        order(a.name, b.name) || Number(a.container === undefined) - Number(b.container === undefined),
    );
  let result = policy;
  const followed = new Map<string, string>();
  const warnings: string[] = [];
  for (const { key, value, name } of own) {
    if (followed.has(name)) continue;
    const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    const next = setting ? setting(result, value.slice(0, LONGEST), policy) : "is not known";
    if (typeof next === "string")
      warnings.push(
        `${workload.kind}/${workload.namespace}/${workload.name}: ${said(key, value)} ${next}; the policy counts`,
      );
    else {
      result = next;
      followed.set(name, key);
    }
  }
  return { policy: result, applied: [...followed.values()], warnings };
}

const LONGEST = 64;

function said(key: string, value: string): string {
  return `the annotation ${key}: ${JSON.stringify(value.slice(0, LONGEST))}`;
}

/** A container's name holds no dot. */
function nameOf(key: string): { readonly name: string; readonly container?: string } {
  const dot = key.indexOf(".");
  return dot < 0 ? { name: key } : { name: key.slice(dot + 1), container: key.slice(0, dot) };
}

function order(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

function withChoice(policy: Policy, change: Partial<StrategyChoice>): Policy | string {
  const choice = { ...policy.choice, ...change };
  const strategy = strategyOf(choice);
  return strategy ? { ...policy, choice, strategy } : "is the name of no strategy";
}

function withBound(
  policy: Policy,
  resource: ResourceName,
  end: "min" | "max",
  value: string,
  allowed: Policy,
): Policy | string {
  if (!isQuantity(value)) return "is no Kubernetes quantity such as 250m, 1.5 or 512Mi";
  const range = policy.bounds[resource];
  const { min, max } = end === "min" ? { min: value, max: range.max } : { min: range.min, max: value };
  if (baseUnits(min) > baseUnits(max)) return `would put the least, ${min}, above the most, ${max}`;
  const { min: least, max: most } = allowed.bounds[resource];
  if (baseUnits(value) < baseUnits(least) || baseUnits(value) > baseUnits(most))
    return `goes beyond the policy's ${least} to ${most}`;
  return { ...policy, bounds: { ...policy.bounds, [resource]: { min, max } } };
}
