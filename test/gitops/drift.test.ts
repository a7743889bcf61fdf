import { expect, it } from "vitest";
import { resourcesOf } from "../../src/manifests/workload-objects.ts";
import { drift } from "../../src/gitops/drift.ts";
import { deployment } from "./files.ts";
import { scanFiles } from "./scan-files.ts";

it.each([
  ["{requests: {cpu: 500m}}", { requests: { cpu: "0.5" } }, undefined],
  ["{limits: {cpu: 1}}", { requests: { cpu: "1" }, limits: { cpu: "1000m" } }, undefined],
  ["{}", {}, undefined],
  ["{requests: {cpu: 500m}}", { requests: { cpu: "600m" } }, "requests.cpu 500m, the cluster 600m"],
  ["{limits: {cpu: 1}}", { requests: { cpu: "500m" }, limits: { cpu: "1" } }, "nothing, the cluster 500m"],
  ["{}", { requests: { cpu: "100m" }, limits: { cpu: "1" } }, "requests.cpu nothing, the cluster 100m"],
  ["{limits: {memory: 1Gi}}", {}, "requests.memory nothing, the cluster nothing"],
])("a file that says %s, a cluster that has %j", async (declared, live, message) => {
  const file = deployment("api", `- name: app\n  resources: ${declared}`);
  const [at] = (await scanFiles({ "a.yaml": file })).containers;
  expect(at).toBeDefined();
  const reason = at && drift(at, { name: "app", role: "main", resources: resourcesOf(live) });
  if (message === undefined) expect(reason).toBeUndefined();
  else
    expect(reason).toMatchObject({
      code: "drift",
      file: "a.yaml",
      message: expect.stringContaining(message),
    });
});
