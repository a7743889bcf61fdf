import type { Workload } from "../../src/domain/workload.ts";

/** A Deployment `shop/app` with one container `app`, but for what is said. */
export function workload(said: Partial<Workload> = {}): Workload {
  return {
    namespace: "shop",
    kind: "Deployment",
    name: "app",
    labels: {},
    annotations: {},
    containers: [{ name: "app", role: "main", resources: { requests: {}, limits: {} } }],
    autoscalers: [],
    ...said,
  };
}
