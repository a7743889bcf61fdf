import type { LimitRule, Policy } from "../advice/policy.ts";
import type { Policies } from "../advice/policy-for.ts";
import { strategyOf } from "../advice/strategy-choice.ts";
import type { AfterMergeConfig } from "../config/after-merge.ts";
import { mergedSettings } from "../config/merge.ts";
import { within } from "../config/narrower.ts";
import type { PolicyRuleConfig } from "../config/policies.ts";
import { type PolicyConfig, type PolicyOverrides, policySchema } from "../config/policy.ts";
import type { RepositoryFile } from "../config/repository-file.ts";
import type { AfterMerge } from "../domain/after-merge.ts";
import { parseDuration, type Window } from "../domain/duration.ts";
import { InputError } from "../domain/input-error.ts";
import type { TrialPolicy } from "../domain/trial-policy.ts";
import type { Method } from "../proposals/evidence.ts";
import { DAY_MS } from "../usage/usage.ts";

/** The policy with its durations in seconds and its strategy at hand. */
export function policyOf(config: PolicyConfig): Policy {
  const { strategy: name, profile, percentile, safetyFactor, prices } = config;
  const choice = { name, profile, percentile, safetyFactor };
  const strategy = strategyOf(choice);
  const trial = trialOf(config.trial);
  if (!strategy) throw new InputError(`policy.strategy: there is no strategy "${name}"`);
  return {
    mode: config.mode,
    choice,
    strategy,
    bounds: config.bounds,
    limits: limitsOf(config),
    updateRequestsOnly: config.updateRequestsOnly,
    minimumHistorySeconds: parseDuration(config.minimumHistory) ?? 0,
    minimumSamples: config.minimumSamples,
    minimumChangePercent: config.minimumChangePercent,
    minimumChange: config.minimumChange,
    ...(prices ? { prices } : {}),
    minimumSavings: config.minimumSavings,
    guards: config.guards,
    ...(trial ? { trial } : {}),
    afterMerge: afterMergeOf(config.afterMerge),
  };
}

function afterMergeOf({ syncWithin, watch, rest, floor, worse, ...kept }: AfterMergeConfig): AfterMerge {
  const { pendingFor, atMaximumFor, ...counts } = worse;
  const seconds = (text: string): number => parseDuration(text) ?? 0;
  return {
    ...kept,
    syncWithinSeconds: seconds(syncWithin),
    watchSeconds: seconds(watch),
    restSeconds: seconds(rest),
    floorSeconds: seconds(floor),
    worse: {
      ...counts,
      pendingSeconds: seconds(pendingFor),
      atMaximumSeconds: seconds(atMaximumFor),
    },
  };
}

function trialOf({ longest, restarts }: PolicyConfig["trial"]): TrialPolicy | undefined {
  const longestSeconds = parseDuration(longest);
  return longestSeconds === undefined ? undefined : { longestSeconds, restarts };
}

/** What the operator says of policies. */
export interface OperatorPolicies {
  readonly policy: PolicyConfig;
  readonly policies: readonly PolicyRuleConfig[];
}

/**
 * All policies of a configuration, or as one repository would have them: its own file counts over the
 * configuration's `policy`, and its rules beside the configuration's, of which the heaviest wins as ever. None of
 * its own goes beyond `allowed`, the operator's policy for the workload.
 */
export function policiesOf(
  { policy, policies }: OperatorPolicies,
  own?: RepositoryFile,
  allowed: PolicyConfig = policy,
): Policies {
  const fallback = own ? within(merged(policy, own.policy), policy) : policy;
  const rule = ({ name, weight, selector }: PolicyRuleConfig, config: PolicyConfig) => ({
    name,
    weight,
    selector,
    policy: policyOf(config),
  });
  return {
    fallback: policyOf(fallback),
    rules: [
      ...policies.map((one) => rule(one, merged(fallback, overridesOf(one)))),
      ...(own?.policies ?? []).map((one) => rule(one, within(merged(fallback, overridesOf(one)), allowed))),
    ],
  };
}

/** What the operator's policies come to, by name; the default one first. */
export function operatorPolicies({ policy, policies }: OperatorPolicies): [PolicyConfig, ...PolicyConfig[]] {
  return [policy, ...policies.map((rule) => merged(policy, overridesOf(rule)))];
}

function overridesOf({ name: _name, weight: _weight, selector: _selector, ...overrides }: PolicyRuleConfig) {
  return overrides;
}

/** How the numbers come about, in words for the reader. */
export function methodOf({ window, prices }: PolicyConfig): Method {
  return { window, ...(prices ? { prices } : {}) };
}

const GRID_MS = 300_000;

/**
 * The window that ends now, on a grid, so that two runs in a row see the same, and begins with a whole day of
 * UTC, since days are what is kept.
 */
export function windowEnding(nowMs: number, length: string): Window {
  return windowUntil(nowMs, (parseDuration(length) ?? 0) * 1000);
}

/** One as long, or a day longer, that ends soon after the newest sample; the same where that is of now. */
export function windowOfRecording(window: Window, newestMs: number): Window {
  const endMs = newestMs + GRID_MS;
  return endMs >= window.endMs || newestMs < 0 ? window : windowUntil(endMs, window.endMs - window.startMs);
}

function windowUntil(nowMs: number, lengthMs: number): Window {
  const endMs = Math.floor(nowMs / GRID_MS) * GRID_MS;
  return { startMs: Math.floor((endMs - lengthMs) / DAY_MS) * DAY_MS, endMs };
}

function limitsOf(config: PolicyConfig): Policy["limits"] {
  const { cpuLimitMultiplier, memoryLimitMultiplier, cpuLimits, memoryLimits } = config;
  const multiplied = (ratio: number | undefined): LimitRule | undefined =>
    ratio === undefined ? undefined : { rule: "ratio", ratio };
  return {
    cpu: multiplied(cpuLimitMultiplier) ?? { rule: cpuLimits },
    memory: multiplied(memoryLimitMultiplier) ?? memoryRule(memoryLimits),
  };
}

function memoryRule(rule: PolicyConfig["memoryLimits"]): LimitRule {
  if (typeof rule === "object")
    return "ratio" in rule
      ? { rule: "ratio", ratio: rule.ratio }
      : { rule: "headroom", percent: rule.headroomPercent };
  return MEMORY_RULES[rule];
}

const MEMORY_RULES: Readonly<Record<"keep" | "keepRatio" | "equal", LimitRule>> = {
  keep: { rule: "keep" },
  keepRatio: { rule: "proportional" },
  equal: { rule: "ratio", ratio: 1 },
};

function merged(base: PolicyConfig, overrides: PolicyOverrides): PolicyConfig {
  return policySchema.parse(mergedSettings(base, overrides));
}
