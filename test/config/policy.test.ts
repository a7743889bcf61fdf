import { describe, expect, it } from "vitest";
import { DEFAULT_GUARDS, DEFAULT_POLICY } from "../../src/advice/policy.ts";
import { STRATEGY_NAMES } from "../../src/advice/strategies/strategies.ts";
import { parseConfig } from "../../src/config/load.ts";
import { overridesSchema, policySchema, STRATEGIES } from "../../src/config/policy.ts";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";
import { InputError } from "../../src/domain/input-error.ts";

const LEAST = "version: 1\nclusters: [{name: main, metricsFile: week.om}]\n";

function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "";
}

describe("the policy's schema", () => {
  it("has the defaults of the advice", () => {
    const { bounds, guards, minimumChange, mode, minimumChangePercent, minimumSamples } = policySchema.parse(
      {},
    );
    expect({ bounds, minimumChange, mode, minimumChangePercent, minimumSamples }).toEqual({
      bounds: DEFAULT_POLICY.bounds,
      minimumChange: DEFAULT_POLICY.minimumChange,
      mode: DEFAULT_POLICY.mode,
      minimumChangePercent: DEFAULT_POLICY.minimumChangePercent,
      minimumSamples: DEFAULT_POLICY.minimumSamples,
    });
    expect(guards).toEqual(DEFAULT_GUARDS);
  });

  it("knows every strategy that there is", () => {
    for (const name of STRATEGY_NAMES.filter((one) => !one.startsWith("adaptive")))
      expect(STRATEGIES).toContain(name);
  });

  it("of some workloads has every key but those that are for a whole run, and no default", () => {
    const keys = Object.keys(policySchema.shape).filter(
      (key) => key !== "window" && key !== "minimumCertainty",
    );
    expect(Object.keys(overridesSchema.shape).sort()).toEqual(keys.sort());
    expect(Object.keys(overridesSchema.shape.guards.unwrap().shape).sort()).toEqual(
      Object.keys(DEFAULT_GUARDS).sort(),
    );
    expect(
      overridesSchema.parse({ guards: { largestStepPercent: {} }, bounds: {}, minimumChange: {} }),
    ).toEqual({
      guards: { largestStepPercent: {} },
      bounds: {},
      minimumChange: {},
    });
  });
});

describe("faults in policies are named by line and column", () => {
  it.each([
    ["policy: {cpuLimits: no}", /is neither keep, proportional nor remove/],
    ["policy: {memoryLimits: {ration: 2}}", /did you mean "ratio"/],
    ["policy: {memoryLimits: tight}", /policy\.memoryLimits: is neither keep, keepRatio/],
    ["policy: {strategy: magic}", /policy\.strategy: .*adaptive/],
    ["policies: [{name: a, weight: 0}]", /^f:3:22: policies\.0\.weight: /],
    ["policies: [{name: a, weight: 1001}]", /^f:3:22: policies\.0\.weight: /],
    ["policies: [{name: a, window: 7d}]", /unknown key "window" in policies\.0/],
    ["policies: [{name: a, bounds: {cpu: {min: 2, max: 1}}}]", /bounds\.cpu\.min: is more than max/],
    ["policies: [{name: a}, {name: a}]", /^f:3:24: policies\.1\.name: "a" is there twice/],
    ["policies: [{name: a, selector: {clusters: [tset]}}]", /names the cluster "tset", which is not in/],
    ["policies: [{name: a, selector: {namespace: {}}}]", /did you mean "namespaces"/],
    [
      "policies: [{name: a, selector: {workloadSelector: {matchExpressions: [{key: a, operator: In}]}}}]",
      /values: are for In and NotIn, which need some/,
    ],
    ["policies: [{name: a, selector: {workloadTypes: {include: [Pod]}}}]", /workloadTypes\.include\.0/],
  ])("%s", (said, fault) => {
    expect(faultOf(() => parseConfig(`${LEAST}${said}\n`, "f"))).toMatch(fault);
  });

  it("in a repository's own file too", () => {
    expect(faultOf(() => parseRepositoryFile("version: 1\npolicies:\n  - nam: a\n"))).toMatch(
      /^\.github\/loadline\.yml:3:5: unknown key "nam" in policies\.0; did you mean "name"\?/m,
    );
    expect(faultOf(() => parseRepositoryFile("version: 1\nclusters: []\n"))).toMatch(
      /unknown key "clusters"/,
    );
  });
});
