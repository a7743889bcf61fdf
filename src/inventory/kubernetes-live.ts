import { type WorkloadId, workloadKey } from "../domain/workload.ts";
import { type ClusterAccess, loadKubeconfig } from "./kubeconfig.ts";
import { API_LIMITS, KubernetesApi } from "./kubernetes-api.ts";
import { assemble } from "./kubernetes-assembly.ts";
import { Notices } from "./kubernetes-notices.ts";
import { WORKLOAD_RESOURCES } from "./kubernetes-resources.ts";
import { readRollout } from "./kubernetes-rollout.ts";
import { fetchTemplates } from "./kubernetes-templates.ts";
import { readWorkload } from "./kubernetes-workload.ts";
import type { LiveWorkload, LiveWorkloads } from "./live-workloads.ts";

/** From the Kubernetes API, a request for each workload; needs `get` on its kind. What may not be read is told. */
export function kubernetesLive(access: ClusterAccess, warn: (warning: string) => void): LiveWorkloads {
  return {
    async look(ids) {
      await using api = await KubernetesApi.connect(loadKubeconfig(access), API_LIMITS, {
        requests: 0,
        bytes: 0,
      });
      const notices = new Notices();
      const found = await Promise.all(
        ids.map(async (id) => [workloadKey(id), await lookAt(api, id, notices)] as const),
      );
      for (const warning of notices.warnings()) warn(warning);
      return new Map(found);
    },
  };
}

async function lookAt(api: KubernetesApi, id: WorkloadId, notices: Notices): Promise<LiveWorkload> {
  const resource = WORKLOAD_RESOURCES[id.kind];
  const answer = await api.get(resource, id.namespace, id.name);
  if (answer.status === "absent") return { status: "gone" };
  if (answer.status === "forbidden") {
    notices.forbidden("get", resource, id.namespace);
    return { status: "unknown" };
  }
  const live = readWorkload(id.kind, answer.value, notices.note);
  if (!live) return { status: "unknown" };
  const [workload] = assemble({
    objects: [{ ...live, owned: false }],
    autoscalers: [],
    autoscalersUnknownIn: [],
    verticalAutoscalers: [],
    budgets: [],
    evicted: [],
    templates: await fetchTemplates(api, [live], notices),
  });
  if (!workload) return { status: "unknown" };
  const rollout = readRollout(id.kind, answer.value);
  return { status: "there", workload, ...(rollout ? { rollout } : {}) };
}
