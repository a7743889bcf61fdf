import { InputError } from "../domain/input-error.ts";
import { WORKLOAD_KINDS, type WorkloadKind, workloadKey } from "../domain/workload.ts";
import type { Discovery, Inventory, WorkloadSelection } from "./inventory.ts";
import { type ClusterAccess, loadKubeconfig } from "./kubeconfig.ts";
import { API_LIMITS, type ApiLimits, type ApiResource, KubernetesApi } from "./kubernetes-api.ts";
import { assemble, templateKey } from "./kubernetes-assembly.ts";
import { type LiveAutoscaler, readAutoscaler } from "./kubernetes-autoscaler.ts";
import type { ApiCost } from "./kubernetes-connection.ts";
import { type Scope, type Sight, lookFor } from "./kubernetes-lists.ts";
import { Notices } from "./kubernetes-notices.ts";
import { WORKLOAD_RESOURCES } from "./kubernetes-resources.ts";
import { lookForSurroundings } from "./kubernetes-surroundings.ts";
import { fetchTemplates } from "./kubernetes-templates.ts";
import { readVerticalAutoscaler } from "./kubernetes-vertical-autoscaler.ts";
import { type LiveObject, readWorkload } from "./kubernetes-workload.ts";

export interface KubernetesInventory extends Inventory {
  readonly cost: Readonly<ApiCost>;
}

/**
 * Reads workloads, their autoscalers and what bounds them from the Kubernetes API. What the credentials may not list becomes a
 * warning that names the missing rule; where they may list nothing at all, discovering rejects with
 * `InputError`. With namespaces selected, only these are asked for, so that a Role in each is enough.
 */
export function kubernetesInventory(
  access: ClusterAccess,
  limits: Partial<ApiLimits> = {},
): KubernetesInventory {
  const cost: ApiCost = { requests: 0, bytes: 0 };
  return {
    cost,
    async discover(selection) {
      const scopes = scopesOf(selection.namespaces);
      await using api = await KubernetesApi.connect(
        loadKubeconfig(access),
        { ...API_LIMITS, ...limits },
        cost,
      );
      return await discover(api, scopes, selection.labels);
    },
  };
}

const AUTOSCALERS_V2: ApiResource = {
  group: "autoscaling",
  version: "v2",
  plural: "horizontalpodautoscalers",
};
const AUTOSCALERS_V1: ApiResource = { ...AUTOSCALERS_V2, version: "v1" };
const VERTICAL_AUTOSCALERS: ApiResource = {
  group: "autoscaling.k8s.io",
  version: "v1",
  plural: "verticalpodautoscalers",
};

type Labels = WorkloadSelection["labels"];

function scopesOf(namespaces: readonly string[]): Scope[] {
  const wrong = namespaces.find((name) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name));
  if (wrong !== undefined)
    throw new InputError(`--namespace ${JSON.stringify(wrong)} is no name of a namespace`);
  return namespaces.length === 0 ? [undefined] : [...new Set(namespaces)];
}

async function discover(api: KubernetesApi, scopes: readonly Scope[], labels: Labels): Promise<Discovery> {
  const notices = new Notices();
  const [sights, autoscalers, verticalAutoscalers, surroundings] = await Promise.all([
    Promise.all(WORKLOAD_KINDS.map((kind) => lookForWorkloads(api, kind, scopes, labels, notices))),
    lookForAutoscalers(api, scopes, notices),
    // A cluster without them is nothing to warn of.
    lookFor(api, VERTICAL_AUTOSCALERS, scopes, undefined, notices, readVerticalAutoscaler),
    lookForSurroundings(api, scopes, notices),
  ]);
  if (!sights.some((sight) => sight.seen)) throw notices.nothingToSee(api.server);
  const objects = selectRollouts(
    sights.flatMap((sight) => sight.found),
    labels,
  );
  const templates = await fetchTemplates(api, objects, notices);
  const workloads = assemble({
    objects,
    autoscalers: autoscalers.found,
    autoscalersUnknownIn: autoscalers.forbidden,
    verticalAutoscalers: verticalAutoscalers.found,
    templates,
  });
  return { workloads, warnings: notices.warnings(), surroundings };
}

/**
 * Rollouts are listed whatever their labels: one of them may run the pods of a selected Deployment. A cluster
 * without Argo Rollouts is nothing to warn of.
 */
async function lookForWorkloads(
  api: KubernetesApi,
  kind: WorkloadKind,
  scopes: readonly Scope[],
  labels: Labels,
  notices: Notices,
): Promise<Sight<LiveObject>> {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const labelSelector = kind === "Rollout" || selector.length === 0 ? undefined : selector.join(",");
  const sight = await lookFor(api, WORKLOAD_RESOURCES[kind], scopes, labelSelector, notices, (item) =>
    readWorkload(kind, item, notices.note),
  );
  if (sight.absent && kind !== "Rollout") notices.absent(WORKLOAD_RESOURCES[kind]);
  return sight;
}

async function lookForAutoscalers(
  api: KubernetesApi,
  scopes: readonly Scope[],
  notices: Notices,
): Promise<Sight<LiveAutoscaler>> {
  const modern = await lookFor(api, AUTOSCALERS_V2, scopes, undefined, notices, readAutoscaler);
  if (!modern.absent) return modern;
  const old = await lookFor(api, AUTOSCALERS_V1, scopes, undefined, notices, readAutoscaler);
  if (old.absent) notices.absent(AUTOSCALERS_V1);
  return old;
}

/** Rollouts that carry the labels themselves, or take their template from a Deployment that does. */
function selectRollouts(objects: readonly LiveObject[], labels: Labels): LiveObject[] {
  const keys = new Set(objects.map(({ workload }) => workloadKey(workload)));
  return objects.filter(
    (object) =>
      object.workload.kind !== "Rollout" ||
      Object.entries(labels).every(([key, value]) => object.workload.labels[key] === value) ||
      keys.has(templateKey(object) ?? ""),
  );
}
