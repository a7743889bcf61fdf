import { parseDuration } from "../domain/duration.ts";
import { baseUnits } from "../domain/quantity.ts";
import { type PolicyConfig, policySchema } from "./policy.ts";

/** A setting with which somebody would do more than was allowed. */
export interface Widening {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly way: "least" | "most";
  /** The value that is allowed at the least or most. */
  readonly limit: unknown;
}

/** What is below its limit at `least`, or above it at `most`, is wider than allowed. */
interface Bound {
  readonly path: readonly string[];
  readonly way: Widening["way"];
  readonly limit: readonly string[];
  readonly size: (value: unknown) => number;
}

const rankOf =
  (...values: readonly unknown[]): Bound["size"] =>
  (value) =>
    values.indexOf(value);
const amount: Bound["size"] = (value) => baseUnits(String(value));
const seconds: Bound["size"] = (value) => parseDuration(String(value)) ?? 0;

/**
 * Settings that permit something. Others are a matter of taste (a strategy, what becomes of a limit), which
 * these bound whatever is chosen.
 */
const BOUNDS: readonly Bound[] = [
  bound("most", "mode", rankOf("disabled", "recommend", "auto")),
  bound("least", "minimumCertainty", rankOf("probable", "proven")),
  bound("least", "profile", rankOf("balanced", "safe")),
  bound("least", "updateRequestsOnly"),
  bound("least", "percentile"),
  bound("least", "safetyFactor.cpu"),
  bound("least", "safetyFactor.memory"),
  ...["bounds.cpu", "bounds.memory"].flatMap((range) =>
    [`${range}.min`, `${range}.max`].flatMap((side) => [
      bound("least", side, amount, `${range}.min`),
      bound("most", side, amount, `${range}.max`),
    ]),
  ),
  bound("least", "minimumHistory", seconds),
  bound("least", "minimumSamples"),
  bound("least", "minimumChangePercent"),
  bound("least", "minimumChange.cpu", amount),
  bound("least", "minimumChange.memory", amount),
  bound("least", "minimumSavings"),
  bound("most", "guards.largestStepPercent.down"),
  bound("most", "guards.largestStepPercent.up"),
  bound("least", "guards.memoryPeakMarginPercent"),
  bound("least", "guards.daysAfterOomKill"),
  bound("least", "guards.daysOfNewImage"),
  bound("most", "guards.throttledPercent"),
  bound("most", "guards.nearLimitPercent"),
  bound("least", "guards.heapHeadroomPercent"),
  bound("most", "guards.unevenPods"),
  bound("most", "trial.longest", seconds),
  bound("most", "trial.restarts"),
  bound("least", "afterMerge.watch", seconds),
  bound("least", "afterMerge.revert"),
  bound("least", "afterMerge.rest", seconds),
  bound("least", "afterMerge.floor", seconds),
  ...["oomKills", "restarts", "throttledPercent"].map((what) => bound("most", `afterMerge.worse.${what}`)),
  ...["pendingFor", "atMaximumFor"].map((what) => bound("most", `afterMerge.worse.${what}`, seconds)),
];

/** What of a policy, or of a part of one, goes beyond another policy; what is left out goes nowhere. */
export function widenings(own: object, allowed: PolicyConfig): Widening[] {
  return BOUNDS.flatMap(({ path, way, limit: at, size }) => {
    const [value, limit] = [valueAt(own, path), valueAt(allowed, at)];
    if (value === undefined || limit === undefined) return [];
    const beyond = size(value) - size(limit);
    return (way === "least" ? beyond < 0 : beyond > 0) ? [{ path, value, way, limit }] : [];
  });
}

/** The policy, but nowhere wider than another one. */
export function within(own: PolicyConfig, allowed: PolicyConfig): PolicyConfig {
  return policySchema.parse(
    widenings(own, allowed).reduce<object>((policy, { path, limit }) => withValue(policy, path, limit), own),
  );
}

function bound(way: Bound["way"], setting: string, size: Bound["size"] = Number, limit = setting): Bound {
  return { path: setting.split("."), way, limit: limit.split("."), size };
}

function valueAt(tree: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), tree);
}

function withValue(tree: object, [key = "", ...rest]: readonly string[], value: unknown): object {
  return {
    ...tree,
    [key]: rest.length === 0 ? value : withValue(Object(Reflect.get(tree, key)), rest, value),
  };
}
