import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotated } from "../../src/advice/annotations.ts";
import { DEFAULT_POLICY } from "../../src/advice/policy.ts";
import { policyFor } from "../../src/advice/policy-for.ts";
import { baseUnits } from "../../src/domain/quantity.ts";
import { workload } from "./workload.ts";

function over(annotations: Record<string, string>, container?: string) {
  const prefixed = Object.entries(annotations).map(([key, value]) => [`loadline.dev/${key}`, value]);
  return annotated(DEFAULT_POLICY, workload({ annotations: Object.fromEntries(prefixed) }), container);
}

describe("annotations of a workload", () => {
  it("are over its policy", () => {
    const { policy, applied, warnings } = over({
      mode: "recommend",
      strategy: "percentile",
      percentile: "99.5",
      "min-cpu": "100m",
      "max-memory": "2Gi",
    });
    expect(policy).toMatchObject({
      mode: "recommend",
      strategy: { name: "percentile" },
      choice: { name: "percentile", percentile: 99.5 },
      bounds: { cpu: { min: "100m", max: "32" }, memory: { min: "32Mi", max: "2Gi" } },
    });
    expect(warnings).toEqual([]);
    expect(applied).toHaveLength(5);
  });

  it("choose the profile of the adaptive strategy", () => {
    expect(over({ profile: "safe" }).policy.strategy.name).toBe("adaptive:safe");
  });

  it("may be for one container, and then win", () => {
    const both = { "min-cpu": "100m", "app.min-cpu": "200m" };
    expect(over(both, "app").policy.bounds.cpu.min).toBe("200m");
    expect(over(both, "proxy").policy.bounds.cpu.min).toBe("100m");
  });

  it("of one container are held against the policy, not against those of its workload", () => {
    const both = { mode: "disabled", "app.mode": "recommend", profile: "safe", "app.profile": "balanced" };
    expect(over(both, "app").policy).toMatchObject({ mode: "recommend", choice: { profile: "balanced" } });
    expect(over(both, "app").warnings).toEqual([]);
    expect(over(both, "proxy").policy.mode).toBe("disabled");
  });

  it("of one container may bound it below all that its workload's allow", () => {
    const low = { "app.max-cpu": "400m", "app.min-cpu": "100m", "min-cpu": "500m", "max-cpu": "1" };
    const { policy, applied, warnings } = over(low, "app");
    expect(policy.bounds.cpu).toEqual({ min: "100m", max: "400m" });
    expect(applied).toEqual(["loadline.dev/app.max-cpu", "loadline.dev/app.min-cpu"]);
    expect(warnings).toEqual([]);
  });

  it("do not make a safe policy a bolder one", () => {
    const safe = { ...DEFAULT_POLICY, choice: { ...DEFAULT_POLICY.choice, profile: "safe" as const } };
    const annotations = { "loadline.dev/profile": "balanced" };
    const { policy, warnings } = annotated(safe, workload({ annotations }), undefined);
    expect(policy).toBe(safe);
    expect(warnings[0]).toContain("goes beyond the policy's safe");
  });

  it.each([
    ["mode", "of", "is none of auto, recommend, disabled"],
    ["strategy", "guess", "is the name of no strategy"],
    ["profile", "fast", "is neither balanced nor safe"],
    ["percentile", "0", "is no number from 1 to 100"],
    ["percentile", "", "is no number from 1 to 100"],
    ["percentile", "0x10", "is no number from 1 to 100"],
    ["min-cpu", "much", "is no Kubernetes quantity such as 250m, 1.5 or 512Mi"],
    ["min-cpu", "64", "would put the least, 64, above the most, 32"],
    ["mode", "auto", "goes beyond the policy's recommend"],
    ["percentile", "90", "is less than the policy's 95"],
    ["max-cpu", "33", "goes beyond the policy's 10m to 32"],
    ["min-memory", "31Mi", "goes beyond the policy's 32Mi to 256Gi"],
    ["min-gpu", "1", "is not known"],
    ["constructor", "1", "is not known"],
  ])("that say %s: %j are told of, and the policy counts", (key, value, fault) => {
    expect(over({ [key]: value })).toEqual({
      policy: DEFAULT_POLICY,
      applied: [],
      warnings: [
        `Deployment/shop/app: the annotation loadline.dev/${key}: ${JSON.stringify(value)} ${fault}; the policy counts`,
      ],
    });
  });

  it("others have are none of ours", () => {
    const annotations = { "kubernetes.io/change-cause": "x", "loadline.devil/mode": "disabled" };
    expect(annotated(DEFAULT_POLICY, workload({ annotations }), undefined).policy).toBe(DEFAULT_POLICY);
  });

  it("are named where it is said which policy won", () => {
    const annotations = { "loadline.dev/mode": "recommend" };
    const { because } = policyFor(workload({ annotations }), "prod", { fallback: DEFAULT_POLICY, rules: [] });
    expect(because).toMatch(/The annotations loadline\.dev\/mode are over it\.$/);
  });

  it("whatever they say, bounds are in order and nothing is thrown", () => {
    const values = fc.oneof(fc.constantFrom("1", "10m", "1Ti", "5Gi", "-1", "1e400"), fc.string());
    const keys = fc.oneof(fc.constantFrom("min-cpu", "max-cpu", "min-memory", "app.max-memory"), fc.string());
    fc.assert(
      fc.property(fc.dictionary(keys, values), (annotations) => {
        const { cpu, memory } = over(annotations, "app").policy.bounds;
        for (const { min, max } of [cpu, memory]) expect(baseUnits(min)).toBeLessThanOrEqual(baseUnits(max));
      }),
      { numRuns: 300 },
    );
  });
});
