import { describe, expect, test } from "vitest";
import { podsBesideUpdate } from "../../src/inventory/kubernetes-update.ts";

const rolling = (maxUnavailable: unknown, maxSurge: unknown = "25%") => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } },
});

describe("before it may stop one, an update starts", () => {
  test.for([
    ["one where none may be missing", "Deployment", rolling(0, 1), 5, 1],
    ["none where one may", "Deployment", rolling(1, 0), 5, 0],
    ["one of three, of which a quarter may be missing", "Deployment", rolling("25%"), 3, 1],
    ["none of two that may have no other beside them", "Deployment", rolling("25%", 0), 2, 0],
    ["none of two, though that is said as a share", "Deployment", rolling("25%", "0%"), 2, 0],
    ["none of four", "Deployment", rolling("25%"), 4, 0],
    ["none where all are stopped first", "Deployment", { strategy: { type: "Recreate" } }, 3, 0],
    ["all of a second set", "Rollout", { strategy: { blueGreen: { activeService: "api" } } }, 5, 5],
    ["one beside a canary's siblings", "Rollout", { strategy: { canary: { maxUnavailable: 0 } } }, 5, 1],
    [
      "one on each node",
      "DaemonSet",
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } },
      9,
      1,
    ],
    [
      "none on five nodes, of which a tenth may be without",
      "DaemonSet",
      { updateStrategy: { rollingUpdate: { maxUnavailable: "10%", maxSurge: 0 } } },
      5,
      0,
    ],
    ["what is not said", "Deployment", {}, 2, undefined],
    ["what nobody can read", "Deployment", rolling("many"), 2, undefined],
    ["nothing of its own", "StatefulSet", rolling(0), 2, undefined],
  ] as const)("%s", ([, kind, spec, pods, beside]) => {
    expect(podsBesideUpdate(kind, spec, pods)).toBe(beside);
  });
});
