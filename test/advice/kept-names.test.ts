import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY, type Policy } from "../../src/advice/policy.ts";
import { adaptive } from "../../src/advice/strategies/adaptive.ts";
import { krr } from "../../src/advice/strategies/krr.ts";
import { vpa } from "../../src/advice/strategies/vpa.ts";
import { baseUnits } from "../../src/domain/quantity.ts";
import type { Resources } from "../../src/domain/resources.ts";
import { adviceFor, MI, PLAIN, usageOf } from "./situations.ts";

/** Memory's limit after each of some sweeps over the same usage, each of whose advice is followed. */
function limitsOf(policy: Policy, pod: string, peak: number, killedOn: number): number[] {
  const memory = [peak * 0.8, peak];
  const usage = usageOf(
    { pod, cpu: 0.1, memory, to: killedOn - 1 },
    { pod, cpu: 0.1, memory, from: killedOn, to: killedOn, events: { oomKills: 1, restarts: 1 } },
    ...(killedOn < 13 ? [{ pod, cpu: 0.1, memory, from: killedOn + 1 }] : []),
  );
  let resources: Resources = {
    requests: { cpu: "100m", memory: "512Mi" },
    limits: { memory: "512Mi" },
  };
  return [1, 2, 3, 4].map(() => {
    resources = adviceFor({ usage, policy, ...resources }).recommended ?? resources;
    return baseUnits(resources.limits.memory ?? "0") / MI;
  });
}

const policies: readonly [string, Policy][] = [
  ["adaptive", { ...DEFAULT_POLICY, strategy: adaptive() }],
  ["krr", { ...DEFAULT_POLICY, strategy: krr() }],
  ["vpa", { ...DEFAULT_POLICY, strategy: vpa() }],
  ["percentile", PLAIN],
];

describe.each(policies)("a pod of a StatefulSet, by %s", (_, policy) => {
  it.each([13, 12, 8])("is raised once for a kill on day %i of 14, not again in every sweep", (day) => {
    const limits = limitsOf(policy, "db-0", 505 * MI, day);
    expect(limits[0]).toBeGreaterThanOrEqual(512);
    expect(limits.slice(1).every((limit) => limit === limits[1])).toBe(true);
    expect(limits[3]).toBeLessThan(512 * 1.6);
  });
});

it("a kill that was near the limit raises it at once, whatever the pod is called", () => {
  expect(limitsOf(DEFAULT_POLICY, "db-0", 505 * MI, 13)[0]).toBeGreaterThanOrEqual(512 * 1.2);
});
