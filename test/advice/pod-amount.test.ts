import { expect, it } from "vitest";
import { podAmount } from "../../src/advice/pod-amount.ts";
import type { ContainerRole } from "../../src/domain/workload.ts";

/** `init 2`: a container of this role with this CPU request. */
function cores(...containers: readonly string[]): number {
  const read = containers.map((text) => {
    const [role = "", cpu = ""] = text.split(" ");
    return { role: ROLES[role] ?? "main", resources: { requests: { cpu }, limits: {} } };
  });
  return podAmount(read, "requests", "cpu");
}

const ROLES: Readonly<Record<string, ContainerRole>> = { main: "main", init: "init", sidecar: "sidecar" };

it.each([
  [["main 1", "main 500m"], 1.5],
  [["main 1", "sidecar 500m"], 1.5],
  [["main 1", "init 500m"], 1],
  [["main 1", "init 2", "init 3"], 3],
  // What was started before an init container runs beside it, what comes after does not yet.
  [["main 1", "sidecar 500m", "init 2"], 2.5],
  [["main 1", "init 2", "sidecar 500m"], 2],
  [["main 3", "init 2", "sidecar 500m", "init 2"], 3.5],
])("a pod of %j counts for %d cores, as Kubernetes counts", (containers, expected) => {
  expect(cores(...containers)).toBe(expected);
});

it("a limit stands for a request that is left out, and nothing for a limit", () => {
  const limited = [{ role: "main" as const, resources: { requests: {}, limits: { cpu: "2" } } }];
  expect(podAmount(limited, "requests", "cpu")).toBe(2);
  const asking = [{ role: "main" as const, resources: { requests: { cpu: "2" }, limits: {} } }];
  expect(podAmount(asking, "limits", "cpu")).toBe(0);
});
