import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advise, type Advice } from "../../src/advice/advise.ts";
import { DEFAULT_GUARDS, DEFAULT_POLICY, type Policy } from "../../src/advice/policy.ts";
import { percentile as percentileStrategy } from "../../src/advice/strategies/percentile.ts";
import { baseUnits } from "../../src/domain/quantity.ts";
import {
  NO_RESOURCES,
  RESOURCE_NAMES,
  type ResourceName,
  type Resources,
} from "../../src/domain/resources.ts";
import { NO_SURROUNDINGS } from "../../src/domain/surroundings.ts";
import type { Autoscaler, ContainerRole, Workload } from "../../src/domain/workload.ts";
import { exactDistribution } from "../../src/usage/distribution.ts";
import type { ContainerUsage, ResourceDay } from "../../src/usage/usage.ts";

const DAY = 86_400_000;
const MI = 2 ** 20;
const WINDOW = { startMs: 0, endMs: 14 * DAY };
/** Any change in one step. */
const AT_ONCE: Policy = {
  ...DEFAULT_POLICY,
  strategy: percentileStrategy({ percentile: 95, safetyFactor: { cpu: 1.2, memory: 1.2 } }),
  guards: { ...DEFAULT_GUARDS, largestStepPercent: { down: 100, up: 1e15 } },
};
const EAGER: Policy = {
  ...AT_ONCE,
  minimumChangePercent: 0,
  minimumChange: { cpu: "0", memory: "0" },
  minimumSamples: 1,
  minimumHistorySeconds: 0,
};

function eager(percentile: number, factor: number): Policy {
  const safetyFactor = { cpu: factor, memory: factor };
  return { ...EAGER, strategy: percentileStrategy({ percentile, safetyFactor }) };
}

function used(cpu: readonly number[], memory: readonly number[], days = 14): ContainerUsage {
  const of = (values: readonly number[]): ResourceDay => ({
    values: exactDistribution(values),
    coveredSeconds: days * 86_400,
    firstMs: 0,
    lastMs: days * DAY,
  });
  return {
    container: "app",
    days: [{ day: 0, pod: "app-0", container: "app", cpu: of(cpu), memory: of(memory) }],
  };
}

function steady(cores: number, bytes: number): ContainerUsage {
  return used(Array<number>(200).fill(cores), Array<number>(200).fill(bytes));
}

function advised(
  resources: Resources,
  usage: ContainerUsage | undefined,
  policy: Policy = AT_ONCE,
  { role = "main", autoscalers = [] }: { role?: ContainerRole; autoscalers?: readonly Autoscaler[] } = {},
): Advice {
  const container = { name: "app", role, resources };
  const workload: Workload = {
    namespace: "shop",
    kind: "Deployment",
    name: "app",
    labels: {},
    annotations: {},
    containers: [container],
    autoscalers,
  };
  return advise({ container, workload, usage, surroundings: NO_SURROUNDINGS }, WINDOW, policy);
}

function codes({ held }: Advice): string[] {
  return held.map(({ resource, code }) => `${resource} ${code}`);
}

describe("what is recommended", () => {
  it("is the percentile times the safety factor, rounded up to what people write", () => {
    const hundred = Array.from({ length: 101 }, (_, index) => index / 100);
    const advice = advised(
      NO_RESOURCES,
      used(
        hundred,
        hundred.map((share) => share * 1000 * MI),
      ),
    );
    // p95 is .95 of a core and 950 MiB; times 1.2 is 1.14 and 1140 MiB.
    expect(advice.recommended).toEqual({ requests: { cpu: "1150m", memory: "1152Mi" }, limits: {} });
    expect(advice).toMatchObject({ held: [], guarded: [], urgent: [] });
    expect(advice.because.map(({ sentence }) => sentence)).toEqual([
      "the 95th percentile of all samples × 1.2",
      "the 95th percentile of all samples × 1.2",
    ]);
  });

  it("leaves a CPU limit as it is and never asks for more than it", () => {
    const resources = { requests: { cpu: "100m" }, limits: { cpu: "500m" } };
    expect(advised(resources, steady(2, 0)).recommended).toMatchObject({
      requests: { cpu: "500m" },
      limits: { cpu: "500m" },
    });
    const full = { requests: { cpu: "500m" }, limits: { cpu: "0.5" } };
    expect(codes(advised(full, steady(2, 0)))).toContain("cpu cpu-limit");
  });

  it.each([
    ["its ratio to the request", "1Gi", "2Gi", 100 * MI, "120Mi", "240Mi"],
    ["at least the peak times the safety factor", "2Gi", "2Gi", 100 * MI, "120Mi", "120Mi"],
    ["the ratio to itself where there is no request", undefined, "1Gi", 100 * MI, "120Mi", "120Mi"],
    ["itself where the request is nothing, which has no ratio", "0", "1Gi", 100 * MI, "120Mi", "1Gi"],
  ])("a memory limit keeps %s", (_, request, limit, bytes, newRequest, newLimit) => {
    const resources = { requests: { memory: request }, limits: { memory: limit } };
    expect(advised(resources, steady(0, bytes)).recommended).toMatchObject({
      requests: { memory: newRequest },
      limits: { memory: newLimit },
    });
  });

  it("keeps memory above a peak that the percentile passes over, by a margin", () => {
    const memory = [...Array<number>(300).fill(100 * MI), 900 * MI];
    const resources = { requests: { memory: "2Gi" }, limits: { memory: "2Gi" } };
    const { recommended, guarded } = advised(resources, used(memory, memory));
    expect(recommended).toMatchObject({ requests: { memory: "960Mi" }, limits: { memory: "960Mi" } });
    expect(guarded).toContainEqual(expect.objectContaining({ resource: "memory", code: "memory-peak" }));
  });
});

describe("what is held", () => {
  it.each([
    ["no usage", undefined, "no-data"],
    ["no samples", used([], []), "no-data"],
    ["99 samples", used(Array<number>(99).fill(0.1), Array<number>(99).fill(MI)), "not-enough-data"],
    ["23 hours", used(Array<number>(200).fill(0.1), Array<number>(200).fill(MI), 23 / 24), "not-enough-data"],
  ])("everything with %s", (_, usage, code) => {
    const advice = advised({ requests: { cpu: "1" }, limits: {} }, usage);
    expect(advice.recommended).toBeNull();
    expect(codes(advice)).toEqual([`cpu ${code}`, `memory ${code}`]);
  });

  it("an init container, but not a native sidecar", () => {
    const usage = steady(1, 100 * MI);
    expect(codes(advised(NO_RESOURCES, usage, AT_ONCE, { role: "init" }))).toEqual([
      "cpu init-container",
      "memory init-container",
    ]);
    expect(advised(NO_RESOURCES, usage, AT_ONCE, { role: "sidecar" }).held).toEqual([]);
  });

  it("the resource that an autoscaler scales by, in the container it looks at", () => {
    const resources: readonly ResourceName[] = ["cpu"];
    const usage = steady(1, 100 * MI);
    const heldBy = (autoscaler: Autoscaler): string[] =>
      codes(advised(NO_RESOURCES, usage, AT_ONCE, { autoscalers: [autoscaler] }));
    expect(heldBy({ name: "a", resources })).toEqual(["cpu hpa"]);
    expect(heldBy({ name: "a", resources, container: "app" })).toEqual(["cpu hpa"]);
    expect(heldBy({ name: "a", resources, container: "proxy" })).toEqual([]);
  });

  it("changes that are not worth a review", () => {
    const usage = steady(0.5, 500 * MI);
    const near = { requests: { cpu: "0.65", memory: "608Mi" }, limits: {} };
    const advice = advised(near, usage);
    expect(advice.recommended).toBeNull();
    expect(codes(advice)).toEqual(["cpu change-too-small", "memory right-sized"]);
  });
});

const cores = fc.oneof(fc.double({ min: 0, max: 64, noNaN: true }), fc.constantFrom(0, 0.001, 0.1, 1, 4));
const samples = fc.array(cores, { minLength: 1, maxLength: 40 });
const amount = fc.option(fc.constantFrom("0", "100m", "0.5", "1", "3", "64Mi", "1Gi", "10G"), {
  nil: undefined,
});
const amounts = fc.record({ cpu: amount, memory: amount });
const resources = fc.record({ requests: amounts, limits: amounts });
const policies = fc.record({
  percentile: fc.integer({ min: 1, max: 100 }),
  factor: fc.double({ min: 1, max: 3, noNaN: true }),
});

function both(cpu: readonly number[]): ContainerUsage {
  return used(
    cpu,
    cpu.map((value) => value * 512 * MI),
  );
}

describe("for any usage", () => {
  it("bounds hold, and a limit is never below its request", () => {
    fc.assert(
      fc.property(samples, resources, policies, (cpu, current, { percentile, factor }) => {
        const policy = eager(percentile, factor);
        const { recommended, held } = advised(current, both(cpu), policy);
        for (const resource of RESOURCE_NAMES) {
          const { min, max } = policy.bounds[resource];
          if (!recommended || held.some((hold) => hold.resource === resource)) continue;
          const request = baseUnits(recommended.requests[resource] ?? "0");
          const limit = baseUnits(recommended.limits[resource] ?? "1E");
          expect(request).toBeLessThanOrEqual(Math.min(limit, baseUnits(max)));
          expect(request).toBeGreaterThanOrEqual(Math.min(limit, baseUnits(min)));
        }
        expect(recommended?.limits.cpu).toBe(recommended ? current.limits.cpu : undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it("the request covers the percentile times the safety factor, and not by more than a step", () => {
    fc.assert(
      fc.property(samples, policies, (cpu, { percentile, factor }) => {
        const policy = eager(percentile, factor);
        const need = exactDistribution(cpu).quantile(percentile / 100) * factor;
        const request = baseUnits(advised(NO_RESOURCES, both(cpu), policy).recommended?.requests.cpu ?? "0");
        if (need >= 32) expect(request).toBe(32);
        // OptiPod cuts to whole millicores.
        else expect(request).toBeGreaterThanOrEqual(need - 0.001);
        expect(request).toBeLessThanOrEqual(Math.max(0.01, need * 1.11 + 0.005));
      }),
      { numRuns: 1000 },
    );
  });

  it("P50 ≤ P90 ≤ P99, and the order of samples does not matter", () => {
    fc.assert(
      fc.property(samples, (cpu) => {
        const at = (percentile: number, values: readonly number[]): Resources | null =>
          advised(NO_RESOURCES, both(values), eager(percentile, 1.2)).recommended;
        const [p50, p90, p99] = [50, 90, 99].map((percentile) => at(percentile, cpu));
        for (const [less, more] of [
          [p50, p90],
          [p90, p99],
        ])
          for (const resource of RESOURCE_NAMES)
            expect(baseUnits(less?.requests[resource] ?? "0")).toBeLessThanOrEqual(
              baseUnits(more?.requests[resource] ?? "0"),
            );
        expect(at(90, cpu.toReversed())).toEqual(p90);
      }),
      { numRuns: 500 },
    );
  });

  it("doing what was recommended leaves nothing to recommend", () => {
    fc.assert(
      fc.property(samples, resources, (cpu, current) => {
        const { recommended } = advised(current, both(cpu), EAGER);
        expect(recommended && advised(recommended, both(cpu), EAGER).recommended).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  it("a resource that is held stays untouched, its limit too", () => {
    fc.assert(
      fc.property(samples, resources, fc.constantFrom(...RESOURCE_NAMES), (cpu, current, resource) => {
        const autoscalers = [{ name: "a", resources: [resource] }];
        const { recommended } = advised(current, both(cpu), EAGER, { autoscalers });
        expect(recommended?.requests[resource]).toBe(recommended ? current.requests[resource] : undefined);
        expect(recommended?.limits[resource]).toBe(recommended ? current.limits[resource] : undefined);
      }),
      { numRuns: 500 },
    );
  });
});
