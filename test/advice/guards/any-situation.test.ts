import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Advice } from "../../../src/advice/advise.ts";
import { sinceRelease } from "../../../src/advice/guards/release.ts";
import { DEFAULT_POLICY, type LimitRule, type Policy } from "../../../src/advice/policy.ts";
import { percentile } from "../../../src/advice/strategies/percentile.ts";
import { baseUnits, sameQuantity } from "../../../src/domain/quantity.ts";
import { amountOf, RESOURCE_FIELDS, RESOURCE_NAMES, type Resources } from "../../../src/domain/resources.ts";
import type { Surroundings } from "../../../src/domain/surroundings.ts";
import { adviceFor, type Case, MI, usageOf } from "../situations.ts";

const cores = fc.constantFrom(0, 0.004, 0.05, 0.13, 0.5, 1, 2.4, 7);
const bytes = fc.constantFrom(0, 3 * MI, 60 * MI, 200 * MI, 1000 * MI, 5000 * MI);
const pods = fc.array(
  fc.record({
    pod: fc.constantFrom("a", "b", "c"),
    image: fc.constantFrom("i:1", "i:2"),
    from: fc.constantFrom(0, 4, 9, 12),
    cpu: fc.array(cores, { minLength: 1, maxLength: 4 }),
    memory: fc.array(bytes, { minLength: 1, maxLength: 4 }),
    events: fc.record({
      oomKills: fc.constantFrom(0, 0, 0, 2),
      throttledPeriods: fc.constantFrom(0, 0, 500),
      periods: fc.constant(1000),
    }),
  }),
  { minLength: 1, maxLength: 3 },
);

const cpuAmount = fc.option(fc.constantFrom("20m", "100m", "0.5", "1", "3", "8"), { nil: undefined });
const memoryAmount = fc.option(fc.constantFrom("40Mi", "128Mi", "500M", "1Gi", "6Gi"), { nil: undefined });
const amounts = fc.record({ cpu: cpuAmount, memory: memoryAmount });

/** As the API server takes them: no request above its limit. */
const resources = fc
  .record({ requests: amounts, limits: amounts })
  .filter(({ requests, limits }) =>
    RESOURCE_NAMES.every((name) => baseUnits(requests[name] ?? "0") <= baseUnits(limits[name] ?? "1E")),
  );

const rule = fc.constantFrom<LimitRule>(
  { rule: "keep" },
  { rule: "proportional" },
  { rule: "ratio", ratio: 1 },
  { rule: "ratio", ratio: 1.7 },
  { rule: "headroom", percent: 30 },
);

const policies = fc
  .record({
    limits: fc.record({ cpu: rule, memory: rule }),
    updateRequestsOnly: fc.constantFrom(false, false, true),
    percent: fc.constantFrom(50, 95, 100),
    down: fc.constantFrom(20, 50, 100),
  })
  .map(({ percent, down, ...said }): Policy => ({
    ...DEFAULT_POLICY,
    ...said,
    strategy: percentile({ percentile: percent, safetyFactor: { cpu: 1.1, memory: 1.1 } }),
    guards: { ...DEFAULT_POLICY.guards, largestStepPercent: { down, up: 400 } },
  }));

const surroundings = fc.record<Partial<Surroundings>>({
  nodes: fc.constantFrom([], [{ name: "n", cores: 4, bytes: 3000 * MI }]),
  quotas: fc.constantFrom(
    [],
    [
      {
        namespace: "shop",
        name: "q",
        hard: { requests: { cpu: "10", memory: "10Gi" }, limits: { memory: "20Gi" } },
        used: { requests: { cpu: "9", memory: "9Gi" }, limits: { memory: "19Gi" } },
      },
    ],
  ),
});

const cases = fc
  .record({ pods, resources, policy: policies, surroundings, replicas: fc.integer({ min: 1, max: 4 }) })
  .map(({ pods: used, resources: now, policy, surroundings: around, replicas }) => ({
    used,
    usage: usageOf(...used),
    requests: now.requests,
    limits: now.limits,
    policy,
    surroundings: around,
    workload: { replicas },
  }));

function amount(
  resources: Resources,
  side: "requests" | "limits",
  name: "cpu" | "memory",
): number | undefined {
  const quantity = resources[side][name];
  return quantity === undefined ? undefined : baseUnits(quantity);
}

/** The advice, where there is any. */
function holds(
  check: (after: Resources, before: Resources, one: Case & { policy: Policy }, advice: Advice) => void,
) {
  fc.assert(
    fc.property(cases, (one) => {
      const advice = adviceFor(one);
      const before = { requests: one.requests, limits: one.limits };
      if (advice.recommended) check(advice.recommended, before, one, advice);
    }),
    { numRuns: 200 },
  );
}

describe("in any situation", () => {
  it("no request is above its limit, and no limit comes from nowhere or goes", () => {
    holds((after, before) => {
      for (const name of RESOURCE_NAMES) {
        expect(amount(after, "requests", name) ?? 0).toBeLessThanOrEqual(
          amount(after, "limits", name) ?? Number.POSITIVE_INFINITY,
        );
        expect(after.limits[name] === undefined).toBe(before.limits[name] === undefined);
      }
    });
  });

  it("memory is not lowered below its highest use since the last release", () => {
    holds((after, before, { usage, policy }) => {
      if (!usage) return;
      const learned = sinceRelease(usage, policy.guards.daysOfNewImage).usage;
      const peak = Math.max(0, ...learned.days.map(({ memory }) => memory?.values.max ?? 0));
      for (const side of ["requests", "limits"] as const) {
        const [from, to] = [amount(before, side, "memory"), amount(after, side, "memory")];
        if (from === undefined || to === undefined || to >= from) continue;
        expect(to).toBeGreaterThanOrEqual(
          peak * (1 + policy.guards.memoryPeakMarginPercent / 100) * 0.999999,
        );
      }
    });
  });

  it("nothing is lowered by more than the largest step", () => {
    holds((after, before, { policy }) => {
      const { down } = policy.guards.largestStepPercent;
      for (const name of RESOURCE_NAMES) {
        // Where only a limit is written, Kubernetes takes it for the request.
        const from = amount(before, "requests", name) ?? amount(before, "limits", name) ?? 0;
        const to = amount(after, "requests", name) ?? amount(after, "limits", name) ?? 0;
        expect(to).toBeGreaterThanOrEqual(from * (1 - down / 100) - 1e-9);
      }
    });
  });

  it("what the cluster has is enough: the quota for all replicas, the node for one", () => {
    holds((after, before, { surroundings: around, workload }) => {
      const quota = around?.quotas?.[0];
      const node = around?.nodes?.[0];
      for (const name of RESOURCE_NAMES) {
        const from = amount(before, "requests", name) ?? amount(before, "limits", name) ?? 0;
        const to = amount(after, "requests", name) ?? amount(after, "limits", name) ?? 0;
        if (to <= from) continue;
        if (node) expect(to).toBeLessThanOrEqual(name === "cpu" ? node.cores : node.bytes);
        const left =
          baseUnits(quota?.hard.requests[name] ?? "1E") - baseUnits(quota?.used.requests[name] ?? "0");
        expect((to - from) * (workload?.replicas ?? 1)).toBeLessThanOrEqual(left + 1e-9);
      }
    });
  });

  it("a Guaranteed pod stays so", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const same = { cpu: "1", memory: "1Gi" };
        const { recommended } = adviceFor({ ...one, requests: same, limits: same });
        expect(recommended?.requests).toEqual(recommended?.limits);
      }),
      { numRuns: 100 },
    );
  });

  it("only requests change where only they may", () => {
    holds((after, before, { policy }) => {
      expect(policy.updateRequestsOnly ? after.limits : before.limits).toEqual(before.limits);
    });
  });

  it("doing what is advised, sweep after sweep, comes to an end", () => {
    fc.assert(
      fc.property(cases, (one) => {
        // Kills and throttling that go on are a reason to raise again, with right.
        const usage = usageOf(...one.used.map((pod) => ({ ...pod, events: {} })));
        let now: Resources | null = { requests: one.requests, limits: one.limits };
        let sweeps = 0;
        for (; now && sweeps < 60; sweeps++) now = adviceFor({ ...one, usage, ...now }).recommended;
        expect(now).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  it("more use never asks for less", () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(1.1, 2, 9), ({ used, ...one }, factor) => {
        const more = used.map((pod) => ({ ...pod, memory: pod.memory.map((value) => value * factor) }));
        const asked = (usage: Case["usage"]): number => {
          const now = adviceFor({ ...one, usage }).recommended ?? one;
          // Where only a limit is written, Kubernetes takes it for the request.
          return amount(now, "requests", "memory") ?? amount(now, "limits", "memory") ?? 0;
        };
        expect(asked(usageOf(...more))).toBeGreaterThanOrEqual(asked(one.usage));
      }),
      { numRuns: 100 },
    );
  });

  it("the same amounts written otherwise change nothing", () => {
    const otherwise = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : `${Math.round(baseUnits(text) * 1000)}m`;
    const rewritten = ({ cpu, memory }: Resources["requests"]) => ({
      cpu: otherwise(cpu),
      memory: otherwise(memory),
    });
    fc.assert(
      fc.property(cases, (one) => {
        const { recommended, held } = adviceFor(one);
        const other = adviceFor({ ...one, requests: rewritten(one.requests), limits: rewritten(one.limits) });
        expect(other.held).toEqual(held);
        for (const field of recommended ? RESOURCE_FIELDS : [])
          expect(
            sameQuantity(
              other.recommended ? amountOf(other.recommended, field) : undefined,
              recommended ? amountOf(recommended, field) : undefined,
            ),
          ).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("changes are told of: each has a sentence, and each resource that stays a reason", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { recommended, held, because, confidence } = adviceFor(one);
        expect(held.length + because.length).toBe(RESOURCE_NAMES.length);
        expect(because.length > 0).toBe(recommended !== null);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });
});
