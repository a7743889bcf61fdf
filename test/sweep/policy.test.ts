import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY, type Policy } from "../../src/advice/policy.ts";
import { parseConfig } from "../../src/config/load.ts";
import { STRATEGIES } from "../../src/config/policy.ts";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";
import { policiesOf, policyOf } from "../../src/sweep/policy.ts";

function policies(text: string, own?: string) {
  const config = parseConfig(`version: 1\nclusters: [{name: a, metricsFile: b.om}]\n${text}`, "f");
  return policiesOf(config, own === undefined ? undefined : parseRepositoryFile(`version: 1\n${own}`));
}

/** But for functions, which are never the same. */
function written({ strategy, ...policy }: Policy) {
  return { ...policy, strategy: strategy.name };
}

describe("the policy of a configuration", () => {
  it("that says nothing is the default one", () => {
    const { fallback, rules } = policies("");
    expect(written(fallback)).toEqual(written(DEFAULT_POLICY));
    expect(rules).toEqual([]);
  });

  it.each(STRATEGIES)("may name the strategy %s", (strategy) => {
    expect(policies(`policy: {strategy: ${strategy}}`).fallback.strategy.name).toBe(strategy);
  });

  it.each([
    ["cpuLimits: proportional", { cpu: { rule: "proportional" } }],
    ["cpuLimits: remove", { cpu: { rule: "remove" } }],
    ["cpuLimitMultiplier: 2", { cpu: { rule: "ratio", ratio: 2 } }],
    ["memoryLimits: equal", { memory: { rule: "ratio", ratio: 1 } }],
    ["memoryLimits: keep", { memory: { rule: "keep" } }],
    ["memoryLimits: {ratio: 1.5}", { memory: { rule: "ratio", ratio: 1.5 } }],
    ["memoryLimits: {headroomPercent: 25}", { memory: { rule: "headroom", percent: 25 } }],
    ["memoryLimitMultiplier: 1.1", { memory: { rule: "ratio", ratio: 1.1 } }],
  ])("%s is a rule for limits", (said, limits) => {
    expect(policies(`policy: {${said}}`).fallback.limits).toMatchObject(limits);
  });

  it("has its durations in seconds", () => {
    const config = parseConfig(
      "version: 1\nclusters: [{name: a, metricsFile: b}]\npolicy: {minimumHistory: 2d}",
      "f",
    );
    expect(policyOf(config.policy).minimumHistorySeconds).toBe(172_800);
  });
});

describe("policies for some workloads", () => {
  const TEXT = `
policy: {minimumSamples: 7, bounds: {cpu: {min: 20m, max: 2}}, guards: {daysAfterOomKill: 14}}
policies:
  - name: web
    weight: 300
    selector: {namespaces: {allow: [shop]}}
    mode: recommend
    guards: {largestStepPercent: {down: 30}}
    bounds: {memory: {min: 64Mi, max: 1Gi}}
`;

  it("say what differs, and the rest is as the default one says", () => {
    const [rule] = policies(TEXT).rules;
    expect(rule).toMatchObject({
      name: "web",
      weight: 300,
      selector: { namespaces: { allow: ["shop"] } },
      policy: {
        mode: "recommend",
        minimumSamples: 7,
        bounds: { cpu: { min: "20m", max: "2" }, memory: { min: "64Mi", max: "1Gi" } },
        guards: { daysAfterOomKill: 14, largestStepPercent: { down: 30, up: 400 } },
      },
    });
  });

  it("of a repository stand beside those of the configuration, and its own policy below both", () => {
    const own = "policy: {minimumSamples: 9, memoryLimits: equal}\npolicies: [{name: jobs, weight: 5}]";
    const { fallback, rules } = policies(TEXT, own);
    expect(fallback).toMatchObject({
      minimumSamples: 9,
      guards: { daysAfterOomKill: 14 },
      limits: { memory: { rule: "ratio", ratio: 1 } },
    });
    expect(rules.map(({ name, policy }) => [name, policy.minimumSamples])).toEqual([
      ["web", 9],
      ["jobs", 9],
    ]);
  });
});
