import { describe, expect, it } from "vitest";
import type { Policy } from "../../../src/advice/policy.ts";
import type { ContainerRange } from "../../../src/domain/surroundings.ts";
import { adviceFor, BARE, type Case, MI, usageOf } from "../situations.ts";

const REMOVING: Policy = { ...BARE, limits: { ...BARE.limits, cpu: { rule: "remove" } } };
const USAGE = usageOf({ cpu: 0.2, memory: 200 * MI });

const advised = (said: Partial<Case>) =>
  adviceFor({
    usage: USAGE,
    policy: REMOVING,
    requests: { cpu: "1", memory: "1Gi" },
    limits: { cpu: "2", memory: "2Gi" },
    ...said,
  });

describe("a policy that takes CPU limits away", () => {
  it("does so with the request's change, and leaves memory its limit", () => {
    const { recommended } = advised({});
    expect(recommended?.requests.cpu).toBe("200m");
    expect(recommended?.limits).toEqual({ memory: expect.any(String) });
  });

  it("does so where the request stays", () => {
    const { recommended, because } = advised({
      requests: { cpu: "200m", memory: "200Mi" },
      limits: { cpu: "2" },
    });
    expect(recommended).toMatchObject({ requests: { cpu: "200m" }, limits: {} });
    expect(because).toEqual([{ resource: "cpu", sentence: expect.stringMatching(/has no cpu limits/) }]);
  });

  it("writes the request that the limit stood for", () => {
    const { recommended } = advised({ requests: { memory: "1Gi" }, limits: { cpu: "200m" } });
    expect(recommended?.requests.cpu).toBe("200m");
    expect(recommended?.limits).toEqual({});
  });

  it("invents nothing where there is none", () => {
    expect(advised({ requests: { cpu: "200m", memory: "200Mi" }, limits: {} }).recommended).toBeNull();
  });

  it("leaves a Guaranteed pod Guaranteed", () => {
    const { recommended } = advised({ requests: {}, limits: { cpu: "1", memory: "1Gi" } });
    expect(recommended?.limits.cpu).toBe(recommended?.requests.cpu);
    expect(recommended?.limits.cpu).toBeDefined();
  });

  it("does nothing without data", () => {
    expect(advised({ usage: undefined })).toMatchObject({ recommended: null });
  });

  it.each([
    ["max", { max: { cpu: "4" } }],
    ["a default", { defaultLimit: { cpu: "1" } }],
    ["a ratio", { maxLimitRequestRatio: { cpu: "10" } }],
    ["a max of pods", { podMax: { cpu: "4" } }],
  ])("keeps it where a LimitRange has %s, and says so", (_, said) => {
    const range: ContainerRange = {
      namespace: "shop",
      name: "bounds",
      min: {},
      max: {},
      defaultLimit: {},
      maxLimitRequestRatio: {},
      ...said,
    };
    const advice = advised({ surroundings: { containerRanges: [range] } });
    expect(advice.recommended?.limits.cpu).toBe("2");
    expect(advice.guarded).toMatchObject([{ resource: "cpu", code: "limit-range" }]);
    const elsewhere = { ...range, namespace: "bank" };
    expect(
      advised({ surroundings: { containerRanges: [elsewhere] } }).recommended?.limits.cpu,
    ).toBeUndefined();
  });

  it("keeps it where a ResourceQuota counts limits", () => {
    const quota = {
      namespace: "shop",
      name: "all",
      hard: { requests: {}, limits: { cpu: "20" } },
      used: { requests: {}, limits: { cpu: "2" } },
    };
    expect(advised({ surroundings: { quotas: [quota] } }).recommended?.limits.cpu).toBe("2");
  });
});
