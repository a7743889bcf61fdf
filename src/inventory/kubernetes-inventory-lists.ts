import { WORKLOAD_KINDS } from "../domain/workload.ts";
import type { ApiResource } from "./kubernetes-api.ts";
import { readAutoscaler } from "./kubernetes-autoscaler.ts";
import { BUDGETS, readBudget } from "./kubernetes-budget.ts";
import { readEvictedPod, readEvictionEvent } from "./kubernetes-evictions.ts";
import { readControllerRevision, readKnownPod, readReplicaSet } from "./kubernetes-history.ts";
import { listedAnew, type OpenList } from "./kubernetes-lists.ts";
import { WORKLOAD_RESOURCES } from "./kubernetes-resources.ts";
import { readNode, readQuota, readRanges } from "./kubernetes-surroundings.ts";
import { readVerticalAutoscaler } from "./kubernetes-vertical-autoscaler.ts";
import { readWorkload } from "./kubernetes-workload.ts";

const core = (plural: string): ApiResource => ({ group: "", version: "v1", plural });
const apps = (plural: string): ApiResource => ({ group: "apps", version: "v1", plural });
const autoscalers = (version: string): ApiResource => ({
  group: "autoscaling",
  version,
  plural: "horizontalpodautoscalers",
});
const VERTICAL_AUTOSCALERS: ApiResource = {
  group: "autoscaling.k8s.io",
  version: "v1",
  plural: "verticalpodautoscalers",
};

/**
 * Everything that an inventory lists. What says how things are by the second (nodes, autoscalers, quotas, all pods) is
 * never watched: that would carry far more than the lists it saves.
 */
export function inventoryLists(open: OpenList) {
  return {
    workloads: WORKLOAD_KINDS.map((kind) => ({
      kind,
      list: open(WORKLOAD_RESOURCES[kind], (item, note) => readWorkload(kind, item, note)),
    })),
    autoscalers: listedAnew(autoscalers("v2"), readAutoscaler),
    oldAutoscalers: listedAnew(autoscalers("v1"), readAutoscaler),
    verticalAutoscalers: open(VERTICAL_AUTOSCALERS, readVerticalAutoscaler),
    budgets: open(BUDGETS, readBudget),
    nodes: listedAnew(core("nodes"), readNode),
    ranges: open(core("limitranges"), readRanges),
    quotas: listedAnew(core("resourcequotas"), readQuota),
    evictedPods: open(core("pods"), readEvictedPod),
    pods: listedAnew(core("pods"), readKnownPod),
    replicaSets: open(apps("replicasets"), readReplicaSet),
    controllerRevisions: open(apps("controllerrevisions"), readControllerRevision),
    evictionEvents: open(core("events"), readEvictionEvent),
  };
}

export type InventoryLists = ReturnType<typeof inventoryLists>;
