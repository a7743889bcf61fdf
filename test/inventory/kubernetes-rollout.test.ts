import { expect, it } from "vitest";
import { isRolledOut } from "../../src/domain/rollout.ts";
import { readRollout } from "../../src/inventory/kubernetes-rollout.ts";

const deployment = (status: object, generation = 3) => ({
  metadata: { generation },
  spec: { replicas: 3 },
  status: { observedGeneration: 3, replicas: 3, updatedReplicas: 3, readyReplicas: 3, ...status },
});

it.each([
  ["all pods are new and ready", deployment({}), true],
  ["the controller has not seen the template", deployment({}, 4), false],
  ["an old pod is still there", deployment({ replicas: 4 }), false],
  ["a new pod is not ready", deployment({ readyReplicas: 2 }), false],
  ["nothing was said yet", deployment({ observedGeneration: undefined }), false],
])("of a Deployment: %s", (_, item, done) => {
  const rollout = readRollout("Deployment", item);
  expect(rollout && isRolledOut(rollout)).toBe(done);
});

it("a Rollout's generation is a text, and a DaemonSet counts nodes", () => {
  const rollout = readRollout("Rollout", deployment({ observedGeneration: "3" }));
  expect(rollout && isRolledOut(rollout)).toBe(true);
  const status = {
    observedGeneration: 1,
    desiredNumberScheduled: 5,
    updatedNumberScheduled: 4,
    currentNumberScheduled: 5,
    numberReady: 5,
  };
  expect(readRollout("DaemonSet", { metadata: { generation: 1 }, spec: {}, status })).toEqual({
    observed: true,
    wanted: 5,
    updated: 4,
    ready: 5,
    old: 1,
  });
  expect(readRollout("CronJob", deployment({}))).toBeUndefined();
});
