import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";
import { FIRST_FILE } from "../../src/sweep/own-file/first-file.ts";
import { operatorPolicies } from "../../src/sweep/policy.ts";
import { readPages } from "../docs/markdown.ts";

const shown = (await readPages()).flatMap(({ file, blocks }) =>
  blocks
    .filter(({ words }) => words.has("repository"))
    .map(({ text, line }) => ({ at: `${file}:${line}`, text })),
);

describe("a repository's own file", () => {
  it.each(shown)("is valid as $at shows it", ({ at, text }) => {
    expect(parseRepositoryFile(text, at).policies).not.toEqual([]);
  });

  it("may say next to nothing", () => {
    expect(parseRepositoryFile("version: 1")).toEqual({
      version: 1,
      policy: {},
      policies: [],
      ignore: [],
    });
  });

  it("is shown at least once", () => {
    expect(shown).not.toEqual([]);
  });

  it("as it is first added says nothing, and all that it shows may be said", () => {
    expect(parseRepositoryFile(FIRST_FILE)).toEqual(parseRepositoryFile("version: 1"));
    const shown = FIRST_FILE.replaceAll(/^# ( *(?:- )?\w+:)/gm, "$1");
    const { policy, policies, ignore } = parseRepositoryFile(shown, "f", allowed(""));
    expect([policy.mode, policies.length, ignore]).toEqual([
      "recommend",
      1,
      [{ workload: "Deployment/shop/api", container: "app", until: "2027-01-31", reason: "load tests" }],
    ]);
  });

  it.each([
    ["- workload: shop/api", "f:3:5: ignore.0.workload: is written Kind/namespace/name"],
    ["- { workload: Pod/shop/api }", "f:3:7: ignore.0.workload: is written Kind/namespace/name"],
    [
      "- { workload: Deployment/shop/api, until: soon }",
      "f:3:38: ignore.0.until: is no date such as 2027-01-31",
    ],
    ["- { container: app }", "f:3:5: ignore.0.workload: "],
    ["- { workload: Deployment/shop/api, untill: 1 }", 'did you mean "until"?'],
  ])("names the place of what is wrong in ignore: %s", (item, said) => {
    expect(() => parseRepositoryFile(`version: 1\nignore:\n  ${item}\n`, "f")).toThrow(said);
  });
});

describe("a repository's own file may not go beyond the operator's configuration", () => {
  it.each([
    [
      "mode: auto",
      "f:3:3: policy.mode: auto is more than the operator's configuration allows, which is recommend at the most",
    ],
    ["minimumCertainty: probable", "f:3:3: policy.minimumCertainty: probable"],
    ["profile: balanced", "f:3:3: policy.profile: balanced"],
    [
      "bounds: { cpu: { min: 10m, max: 64 } }",
      "f:3:30: policy.bounds.cpu.max: 64 is more than the operator's configuration allows, which is 4 at the most",
    ],
    ["bounds: { cpu: { min: 1m, max: 1 } }", "f:3:20: policy.bounds.cpu.min: 1m"],
    ["bounds: { memory: { min: 1Mi, max: 2Mi } }", "policy.bounds.memory.max: 2Mi"],
    ["updateRequestsOnly: false", "policy.updateRequestsOnly: false"],
    ["guards: { largestStepPercent: { down: 60 } }", "policy.guards.largestStepPercent.down: 60"],
    ["guards: { daysAfterOomKill: 0 }", "policy.guards.daysAfterOomKill: 0"],
    ["minimumHistory: 1h", "policy.minimumHistory: 1h"],
    ["safetyFactor: { memory: 1 }", "policy.safetyFactor.memory: 1"],
    ["minimumChange: { cpu: 1m }", "policy.minimumChange.cpu: 1m"],
    [
      "trial: { longest: 1h }",
      "policy.trial.longest: 1h is more than the operator's configuration allows, which is off",
    ],
    ["trial: { restarts: true }", "policy.trial.restarts: true"],
  ])("with %s", (said, fault) => {
    expect(() => parseRepositoryFile(`version: 1\npolicy:\n  ${said}\n`, "f", allowed(OPERATOR))).toThrow(
      fault,
    );
  });

  it.each([
    "mode: disabled",
    "bounds: { cpu: { min: 10m, max: 4 } }",
    "bounds: { memory: { min: 64Mi, max: 1Gi } }",
    "guards: { largestStepPercent: { down: 10, up: 100 }, daysAfterOomKill: 30 }",
    "minimumHistory: 5d",
    "strategy: percentile",
    "memoryLimits: equal",
  ])("but be narrower, or of another taste: %s", (said) => {
    expect(() =>
      parseRepositoryFile(`version: 1\npolicy: { ${said} }\n`, "f", allowed(OPERATOR)),
    ).not.toThrow();
  });

  it("trials may be shorter than the operator allows, or none, and never longer", () => {
    const operator = allowed(OPERATOR.replace("policy: {", "policy: { trial: { longest: 4h },"));
    const own = (longest: string) => `version: 1\npolicy: { trial: { longest: "${longest}" } }\n`;
    for (const narrower of ["off", "30m", "4h"])
      expect(() => parseRepositoryFile(own(narrower), "f", operator)).not.toThrow();
    expect(() => parseRepositoryFile(own("5h"), "f", operator)).toThrow("policy.trial.longest: 5h");
  });

  it("where the operator allows more to some workloads, a rule may be for those", () => {
    const rules = allowed(`${OPERATOR}\npolicies: [{ name: big, bounds: { cpu: { min: 10m, max: 16 } } }]`);
    const rule = (max: number) =>
      `version: 1\npolicies: [{ name: own, bounds: { cpu: { min: 10m, max: ${max} } } }]`;
    expect(() => parseRepositoryFile(rule(8), "f", rules)).not.toThrow();
    expect(() => parseRepositoryFile(rule(32), "f", rules)).toThrow("f:2:52: policies.0.bounds.cpu.max: 32");
  });
});

const OPERATOR = "policy: { profile: safe, updateRequestsOnly: true, bounds: { cpu: { min: 10m, max: 4 } } }";

function allowed(text: string) {
  return operatorPolicies(
    parseConfig(`version: 1\nclusters: [{ name: a, metricsFile: b.om }]\n${text}`, "f"),
  );
}
