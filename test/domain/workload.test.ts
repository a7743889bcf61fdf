import { describe, expect, it } from "vitest";
import { describeReason } from "../../src/domain/reason.ts";
import {
  amountOf,
  changedFields,
  NO_RESOURCES,
  RESOURCE_FIELDS,
  withAmount,
} from "../../src/domain/resources.ts";
import { totalRequests } from "../../src/domain/totals.ts";
import { isWorkloadKind, parseWorkloadKey, WORKLOAD_KINDS, workloadKey } from "../../src/domain/workload.ts";

describe("the key of a workload", () => {
  it.each(WORKLOAD_KINDS)("reads back for a %s", (kind) => {
    const id = { kind, namespace: "shop", name: "api.v1" };
    expect(parseWorkloadKey(workloadKey(id))).toEqual(id);
  });

  it.each([
    "",
    "Deployment",
    "Deployment/shop",
    "Deployment//api",
    "Deployment/shop/",
    "Pod/a/b",
    "Deployment/a/b/c",
    "constructor/a/b",
    "deployment/a/b",
  ])("is not %j", (text) => {
    expect(parseWorkloadKey(text)).toBeUndefined();
  });

  it("is of a known kind, not of one that objects inherit", () => {
    expect(["Deployment", "toString", "__proto__"].map(isWorkloadKind)).toEqual([true, false, false]);
  });
});

describe("resources", () => {
  it("are four numbers, each set alone", () => {
    for (const field of RESOURCE_FIELDS) {
      const set = withAmount(NO_RESOURCES, field, "1");
      expect(RESOURCE_FIELDS.filter((other) => amountOf(set, other) !== undefined)).toEqual([field]);
      expect(changedFields(NO_RESOURCES, set)).toEqual([field]);
      expect(changedFields(set, withAmount(set, field, "1000m"))).toEqual([]);
    }
    expect(NO_RESOURCES).toEqual({ requests: {}, limits: {} });
  });

  it("sum over replicas, and count once where those are unknown", () => {
    const requests = { cpu: "500m", memory: "1Gi" };
    const entries = [3, 0, undefined, null].map((replicas) => ({ requests, replicas }));
    expect(totalRequests([...entries, { requests: {}, replicas: 9 }])).toEqual({
      cores: 2.5,
      bytes: 5 * 2 ** 30,
    });
  });
});

it("a reason names its place where it has one", () => {
  const reason = { code: "x", message: "why" };
  expect(describeReason(reason)).toBe("why");
  expect(describeReason({ ...reason, line: 3 })).toBe("why");
  expect(describeReason({ ...reason, file: "a.yaml" })).toBe("a.yaml: why");
  expect(describeReason({ ...reason, file: "a.yaml", line: 3 })).toBe("a.yaml:3: why");
});
