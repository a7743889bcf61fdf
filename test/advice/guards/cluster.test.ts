import { describe, expect, it } from "vitest";
import { baseUnits } from "../../../src/domain/quantity.ts";
import type { ContainerRange, Quota } from "../../../src/domain/surroundings.ts";
import { adviceFor, BARE, codes, MI, usageOf } from "../situations.ts";

const USAGE = usageOf({ cpu: 0.2, memory: 200 * MI });

describe("a LimitRange", () => {
  const range = (said: Partial<ContainerRange>): ContainerRange => ({
    namespace: "shop",
    name: "range",
    min: {},
    max: {},
    defaultLimit: {},
    maxLimitRequestRatio: {},
    ...said,
  });
  const advised = (said: Partial<ContainerRange>, over = USAGE) =>
    adviceFor({
      usage: over,
      requests: { cpu: "1", memory: "1Gi" },
      limits: { cpu: "2", memory: "2Gi" },
      surroundings: { containerRanges: [range(said)] },
    });

  it("has the last word on the least", () => {
    const { recommended, guarded } = advised({ min: { cpu: "500m", memory: "512Mi" } });
    expect(recommended?.requests).toEqual({ cpu: "500m", memory: "512Mi" });
    expect(guarded).toEqual([
      { resource: "cpu", code: "limit-range", message: 'the LimitRange "range" allows no less than 500m' },
      {
        resource: "memory",
        code: "limit-range",
        message: 'the LimitRange "range" allows no less than 512Mi',
      },
    ]);
  });

  it("and on the most, of requests and limits", () => {
    const busy = usageOf({ memory: 1900 * MI });
    const { recommended } = advised({ max: { memory: "3Gi" } }, busy);
    expect(recommended).toMatchObject({ requests: { memory: "1920Mi" }, limits: { memory: "3Gi" } });
  });

  it("and on how many times the request a limit may be", () => {
    // The CPU limit of 2 is kept, so that the request is at least half of it.
    expect(advised({ maxLimitRequestRatio: { cpu: "4" } }).recommended?.requests.cpu).toBe("500m");
    const spiky = usageOf({ memory: [...Array<number>(287).fill(100 * MI), 150 * MI] });
    const policy = { ...BARE, limits: { ...BARE.limits, memory: { rule: "ratio", ratio: 3 } as const } };
    const { recommended } = adviceFor({
      usage: spiky,
      policy,
      requests: { memory: "1Gi" },
      limits: { memory: "2Gi" },
      surroundings: { containerRanges: [range({ maxLimitRequestRatio: { memory: "2" } })] },
    });
    expect(recommended).toEqual({ requests: { memory: "160Mi" }, limits: { memory: "320Mi" } });
  });

  it("and on what a pod may have, of requests and limits, its other containers taken off", () => {
    const busy = usageOf({ memory: 3000 * MI });
    const one = (name: string, memory: string) => ({
      name,
      role: "main" as const,
      resources: { requests: { memory }, limits: { memory } },
    });
    const { recommended, guarded } = adviceFor({
      usage: busy,
      requests: { memory: "1Gi" },
      limits: { memory: "1Gi" },
      workload: { containers: [one("app", "1Gi"), one("proxy", "512Mi")] },
      surroundings: { containerRanges: [range({ podMax: { memory: "2Gi" } })] },
    });
    expect(recommended).toEqual({ requests: { memory: "1536Mi" }, limits: { memory: "1536Mi" } });
    expect(guarded[0]?.message).toBe('the LimitRange "range" allows a pod no more than 2Gi');
  });

  it("and on a request beside the limit that it gives a container without one", () => {
    const { recommended, held, guarded } = adviceFor({
      usage: usageOf({ cpu: 0.2, memory: 800 * MI }),
      requests: { memory: "256Mi" },
      surroundings: { containerRanges: [range({ defaultLimit: { cpu: "1", memory: "512Mi" } })] },
    });
    // The API server would write the limit into the pod, and refuse a request above it.
    expect(recommended).toEqual({ requests: { cpu: "200m", memory: "512Mi" }, limits: {} });
    expect(guarded).toEqual([
      {
        resource: "memory",
        code: "limit-range",
        message: 'the LimitRange "range" gives it a limit of 512Mi',
      },
    ]);
    expect(held).toEqual([]);
    const own = advised({ defaultLimit: { memory: "512Mi" } }, usageOf({ memory: 1900 * MI }));
    expect(own.recommended?.requests.memory).toBe("1920Mi");
  });

  it("of another namespace says nothing", () => {
    expect(advised({ namespace: "pay", min: { cpu: "900m" } }).recommended?.requests.cpu).toBe("200m");
  });
});

describe("a ResourceQuota", () => {
  const quota = (hard: Quota["hard"], used: Quota["used"]): Quota => ({
    namespace: "shop",
    name: "q",
    hard,
    used,
  });
  const raised = (cpuLeft: string, replicas?: number, podsBesideUpdate?: number) =>
    adviceFor({
      usage: usageOf({ cpu: 1 }),
      requests: { cpu: "500m" },
      workload: {
        ...(replicas === undefined ? {} : { replicas }),
        ...(podsBesideUpdate === undefined ? {} : { podsBesideUpdate }),
      },
      surroundings: {
        quotas: [
          quota(
            { requests: { cpu: "10" }, limits: {} },
            { requests: { cpu: String(10 - baseUnits(cpuLeft)) }, limits: {} },
          ),
        ],
      },
    });

  it("bounds a raise by what it leaves to all replicas", () => {
    expect(raised("5", 4).recommended?.requests.cpu).toBe("1");
    expect(raised("1", 4).recommended?.requests.cpu).toBe("750m");
    expect(raised("1").recommended?.requests.cpu).toBe("1");
  });

  it("holds it where nothing is left", () => {
    const advice = raised("0", 4);
    expect(codes(advice)).toContain("cpu quota");
    expect(advice.held[0]?.message).toBe(
      '1 would do, but the ResourceQuota "q" has 0 left of its 10 requests.cpu, for more in each of 4 pods',
    );
  });

  it("keeps room for the pod that an update of a Deployment starts before it stops one", () => {
    expect(raised("1500m", 3).recommended?.requests.cpu).toBe("833m");
    expect(raised("1500m", 3, 0).recommended?.requests.cpu).toBe("1");
    expect(raised("1500m", 3, 3).recommended).toBeNull();
  });

  it("lets anything be lowered", () => {
    const full = quota({ requests: { cpu: "1" }, limits: {} }, { requests: { cpu: "3" }, limits: {} });
    const advice = adviceFor({ usage: USAGE, requests: { cpu: "1" }, surroundings: { quotas: [full] } });
    expect(advice.recommended?.requests.cpu).toBe("200m");
  });

  it("bounds limits by its own numbers", () => {
    const advice = adviceFor({
      usage: usageOf({ memory: 400 * MI }),
      requests: { memory: "200Mi" },
      limits: { memory: "400Mi" },
      workload: { kind: "StatefulSet" },
      surroundings: {
        quotas: [
          quota({ requests: {}, limits: { memory: "1Gi" } }, { requests: {}, limits: { memory: "900Mi" } }),
        ],
      },
    });
    expect(advice.recommended).toMatchObject({ requests: { memory: "400Mi" }, limits: { memory: "524Mi" } });
  });
});

describe("the nodes", () => {
  const nodes = [
    { name: "small", cores: 2, bytes: 4096 * MI },
    { name: "large", cores: 8, bytes: 16_384 * MI },
  ];
  const busy = usageOf({ cpu: 10 });
  const requests = { cpu: "1" };

  it("have no more than the largest of them", () => {
    const { recommended, guarded } = adviceFor({ usage: busy, requests, surroundings: { nodes } });
    expect(recommended?.requests.cpu).toBe("8");
    expect(guarded).toEqual([
      { resource: "cpu", code: "node-room", message: "the largest node has no more room for it" },
    ]);
  });

  it("are all to be had by a DaemonSet, so that the smallest counts", () => {
    const workload = { kind: "DaemonSet" } as const;
    expect(
      adviceFor({ usage: busy, requests, workload, surroundings: { nodes } }).recommended?.requests.cpu,
    ).toBe("2");
  });

  it("are shared with the pod's other containers", () => {
    const containers = (["main", "sidecar", "init"] as const).map((role) => ({
      name: role === "main" ? "app" : role,
      role,
      resources: { requests: { cpu: "1" }, limits: {} },
    }));
    const advice = adviceFor({ usage: busy, requests, workload: { containers }, surroundings: { nodes } });
    expect(advice.recommended?.requests.cpu).toBe("7");
  });

  it("do not lower what is already more", () => {
    const advice = adviceFor({ usage: busy, requests: { cpu: "9" }, surroundings: { nodes } });
    expect(codes(advice)).toContain("cpu node-room");
  });
});
