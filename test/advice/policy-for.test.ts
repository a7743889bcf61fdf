import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY, type Mode } from "../../src/advice/policy.ts";
import { policyFor, type PolicyRule } from "../../src/advice/policy-for.ts";
import { passedOver, type Selector } from "../../src/advice/selector.ts";
import { WORKLOAD_KINDS } from "../../src/domain/workload.ts";
import { workload } from "./workload.ts";

function rule(name: string, weight: number, selector: Selector = {}, mode: Mode = "auto"): PolicyRule {
  return { name, weight, selector, policy: { ...DEFAULT_POLICY, mode, minimumSamples: weight } };
}

const APP = workload({ labels: { app: "web", tier: "front" } });

describe("a selector", () => {
  const cases: [string, Selector, string | undefined][] = [
    ["of nothing selects all", {}, undefined],
    ["of its cluster", { clusters: ["prod"] }, undefined],
    ["of another cluster", { clusters: ["test"] }, "it is not for the cluster prod"],
    ["that allows its namespace", { namespaces: { allow: ["shop", "pay"] } }, undefined],
    ["that allows by a pattern", { namespaces: { allow: ["s*p"] } }, undefined],
    ["that allows another", { namespaces: { allow: ["pay"] } }, "it does not allow the namespace shop"],
    [
      "that allows and denies it: deny wins",
      { namespaces: { allow: ["shop"], deny: ["sh*"] } },
      "it denies the namespace shop",
    ],
    ["that includes its kind", { workloadTypes: { include: ["Deployment"] } }, undefined],
    ["that includes another", { workloadTypes: { include: ["Job"] } }, "it does not include Deployments"],
    [
      "that includes and excludes it: exclude wins",
      { workloadTypes: { include: ["Deployment"], exclude: ["Deployment"] } },
      "it excludes Deployments",
    ],
    ["by its labels", { workloadSelector: { matchLabels: { app: "web", tier: "front" } } }, undefined],
    [
      "by another label",
      { workloadSelector: { matchLabels: { app: "web", tier: "back" } } },
      "the label tier is not back",
    ],
  ];
  it.each(cases)("%s", (_, selector, expected) => {
    expect(passedOver(selector, APP, "prod")).toBe(expected);
  });

  it.each([
    ["In", ["web"], true, false],
    ["NotIn", ["web"], false, true],
    ["Exists", [], true, false],
    ["DoesNotExist", [], false, true],
  ] as const)("%s %j of a label holds as in Kubernetes", (operator, values, there, missing) => {
    const selects = (key: string): boolean =>
      passedOver({ workloadSelector: { matchExpressions: [{ key, operator, values }] } }, APP, "a") ===
      undefined;
    expect([selects("app"), selects("absent")]).toEqual([there, missing]);
  });

  it("a pattern with many stars takes no time", () => {
    const selector = { namespaces: { allow: [`${"*a".repeat(120)}b`] } };
    expect(passedOver(selector, workload({ namespace: "a".repeat(253) }), "x")).toMatch(/does not allow/);
  });
});

describe("which policy wins", () => {
  it("is the heaviest that selects the workload, and the sentence says so", () => {
    const rules = [
      rule("light", 50),
      rule("other", 900, { namespaces: { allow: ["pay"] } }),
      rule("heavy", 200),
    ];
    expect(policyFor(APP, "prod", { fallback: DEFAULT_POLICY, rules })).toMatchObject({
      won: "heavy",
      policy: { minimumSamples: 200 },
      because:
        '"heavy" has the weight 200 and wins over "light" with 50. "other" is passed over: it does not allow the namespace shop.',
    });
  });

  it("is the first by name among equals", () => {
    const rules = [rule("b", 100), rule("a", 100)];
    expect(policyFor(APP, "prod", { fallback: DEFAULT_POLICY, rules })).toMatchObject({
      won: "a",
      because: '"a" comes before "b" by name; both have the weight 100.',
    });
  });

  it("is never a disabled one: the next one counts", () => {
    const rules = [rule("off", 1000, {}, "disabled"), rule("on", 1)];
    const chosen = policyFor(APP, "prod", { fallback: DEFAULT_POLICY, rules });
    expect(chosen.won).toBe("on");
    expect(chosen.because).toContain('"off" is passed over: it is disabled.');
  });

  it("is the default one where none selects", () => {
    expect(policyFor(APP, "prod", { fallback: DEFAULT_POLICY, rules: [] })).toEqual({
      policy: DEFAULT_POLICY,
      won: "policy",
      because: "There is one policy for all.",
      warnings: [],
    });
    const rules = [rule("a", 1, { clusters: ["x"] })];
    expect(policyFor(APP, "prod", { fallback: DEFAULT_POLICY, rules })).toMatchObject({
      won: "policy",
      because: expect.stringMatching(/^No policy selects it/),
    });
  });
});

describe("for any policies", () => {
  const namespaces = fc.subarray(["shop", "pay", "s*", "*"]);
  const kinds = fc.subarray([...WORKLOAD_KINDS]);
  const rules = fc.uniqueArray(
    fc
      .record({
        name: fc.stringMatching(/^[a-d]{1,2}$/),
        weight: fc.integer({ min: 1, max: 3 }),
        mode: fc.constantFrom<Mode>("auto", "recommend", "disabled"),
        selector: fc.record({
          namespaces: fc.record({ allow: namespaces, deny: namespaces }),
          workloadTypes: fc.record({ include: kinds, exclude: kinds }),
        }),
      })
      .map(({ name, weight, mode, selector }) => rule(name, weight, selector, mode)),
    { selector: ({ name }) => name, maxLength: 8 },
  );
  const workloads = fc
    .record({ namespace: fc.constantFrom("shop", "pay", "x"), kind: fc.constantFrom(...WORKLOAD_KINDS) })
    .map(workload);

  it("deny and exclude win, the heaviest wins, a disabled one never does, and order does not matter", () => {
    fc.assert(
      fc.property(rules, workloads, (all, one) => {
        const { won } = policyFor(one, "prod", { fallback: DEFAULT_POLICY, rules: all });
        expect(policyFor(one, "prod", { fallback: DEFAULT_POLICY, rules: all.toReversed() }).won).toBe(won);
        const winner = all.find(({ name }) => name === won);
        const able = all.filter(
          ({ selector, policy }) =>
            policy.mode !== "disabled" && passedOver(selector, one, "prod") === undefined,
        );
        expect(winner === undefined).toBe(able.length === 0);
        if (!winner) return;
        expect(winner.weight).toBe(Math.max(...able.map(({ weight }) => weight)));
        expect(winner.selector.workloadTypes?.exclude).not.toContain(one.kind);
        expect(winner.selector.namespaces?.deny).not.toContain(one.namespace);
      }),
      { numRuns: 500 },
    );
  });
});
