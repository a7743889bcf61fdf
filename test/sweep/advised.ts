import { DEFAULT_POLICY } from "../../src/advice/policy.ts";
import type { Resources } from "../../src/domain/resources.ts";
import { NO_SURROUNDINGS } from "../../src/domain/surroundings.ts";
import type { Container, Workload } from "../../src/domain/workload.ts";
import type { AdvisedContainer } from "../../src/sweep/advise-cluster.ts";

/** A container of a workload with this advice, of which nothing was measured. */
export function advisedContainer(
  cluster: string,
  workload: Pick<Workload, "kind" | "namespace" | "name"> & Partial<Workload>,
  container: Pick<Container, "name" | "resources"> & Partial<Container>,
  recommended: Resources | null,
): AdvisedContainer {
  const one: Container = { role: "main", ...container };
  return {
    cluster,
    workload: { replicas: 2, labels: {}, annotations: {}, containers: [one], autoscalers: [], ...workload },
    container: one,
    surroundings: NO_SURROUNDINGS,
    usage: {},
    advice: {
      recommended,
      held: [],
      because: [],
      guarded: [],
      urgent: [],
      confidence: 1,
      confidenceLevel: "high",
    },
    policy: {
      won: "policy",
      because: "There is one policy for all.",
      mode: "recommend",
      bounds: DEFAULT_POLICY.bounds,
    },
  };
}
