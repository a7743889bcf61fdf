import { InputError } from "../domain/input-error.ts";
import { WORKLOAD_KINDS, type WorkloadKind, workloadKey } from "../domain/workload.ts";
import type { Discovery, Inventory, WorkloadSelection } from "./inventory.ts";
import { type ClusterAccess, loadKubeconfig } from "./kubeconfig.ts";
import {
  API_LIMITS,
  type ApiCost,
  type ApiLimits,
  type ApiResource,
  KubernetesApi,
} from "./kubernetes-api.ts";
import { assemble, templateKey } from "./kubernetes-assembly.ts";
import { type LiveAutoscaler, readAutoscaler } from "./kubernetes-autoscaler.ts";
import { Notices } from "./kubernetes-notices.ts";
import { fetchTemplates } from "./kubernetes-templates.ts";
import { type LiveObject, readWorkload } from "./kubernetes-workload.ts";

export interface KubernetesInventory extends Inventory {
  readonly cost: Readonly<ApiCost>;
}

/**
 * Reads workloads and their autoscalers from the Kubernetes API. What the credentials may not list becomes a
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

const RESOURCES: Readonly<Record<WorkloadKind, ApiResource>> = {
  Deployment: { group: "apps", version: "v1", plural: "deployments" },
  StatefulSet: { group: "apps", version: "v1", plural: "statefulsets" },
  DaemonSet: { group: "apps", version: "v1", plural: "daemonsets" },
  Job: { group: "batch", version: "v1", plural: "jobs" },
  CronJob: { group: "batch", version: "v1", plural: "cronjobs" },
  Rollout: { group: "argoproj.io", version: "v1alpha1", plural: "rollouts" },
};

const AUTOSCALERS_V2: ApiResource = {
  group: "autoscaling",
  version: "v2",
  plural: "horizontalpodautoscalers",
};
const AUTOSCALERS_V1: ApiResource = { ...AUTOSCALERS_V2, version: "v1" };

type Labels = WorkloadSelection["labels"];

/** A namespace, or `undefined` for all of them. */
type Scope = string | undefined;

function scopesOf(namespaces: readonly string[]): Scope[] {
  const wrong = namespaces.find((name) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name));
  if (wrong !== undefined)
    throw new InputError(`--namespace ${JSON.stringify(wrong)} is no name of a namespace`);
  return namespaces.length === 0 ? [undefined] : [...new Set(namespaces)];
}

async function discover(api: KubernetesApi, scopes: readonly Scope[], labels: Labels): Promise<Discovery> {
  const notices = new Notices();
  const [sights, autoscalers] = await Promise.all([
    Promise.all(WORKLOAD_KINDS.map((kind) => lookForWorkloads(api, kind, scopes, labels, notices))),
    lookForAutoscalers(api, scopes, notices),
  ]);
  if (!sights.some((sight) => sight.seen)) throw notices.nothingToSee(api.server);
  const objects = selectRollouts(
    sights.flatMap((sight) => sight.found),
    labels,
  );
  const templates = await fetchTemplates(api, objects, notices);
  return { workloads: assemble({ objects, autoscalers, templates }), warnings: notices.warnings() };
}

interface Sight<T> {
  readonly found: readonly T[];
  /** At least one list was answered. */
  readonly seen: boolean;
  /** The server does not serve the resource. */
  readonly absent: boolean;
}

async function lookFor<T>(
  api: KubernetesApi,
  resource: ApiResource,
  scopes: readonly Scope[],
  labelSelector: string | undefined,
  notices: Notices,
  take: (item: unknown) => T | undefined,
): Promise<Sight<T>> {
  const answers = await Promise.all(
    scopes.map(async (namespace) => {
      const answer = await api.list(resource, { namespace, labelSelector }, take);
      if (answer.status === "forbidden") notices.forbidden("list", resource, namespace);
      return answer;
    }),
  );
  return {
    found: answers.flatMap((answer) => (answer.status === "found" ? answer.value : [])),
    seen: answers.some((answer) => answer.status === "found"),
    absent: answers.every((answer) => answer.status === "absent"),
  };
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
  const sight = await lookFor(api, RESOURCES[kind], scopes, labelSelector, notices, (item) =>
    readWorkload(kind, item, notices.note),
  );
  if (sight.absent && kind !== "Rollout") notices.absent(RESOURCES[kind]);
  return sight;
}

async function lookForAutoscalers(
  api: KubernetesApi,
  scopes: readonly Scope[],
  notices: Notices,
): Promise<readonly LiveAutoscaler[]> {
  const modern = await lookFor(api, AUTOSCALERS_V2, scopes, undefined, notices, readAutoscaler);
  if (!modern.absent) return modern.found;
  const old = await lookFor(api, AUTOSCALERS_V1, scopes, undefined, notices, readAutoscaler);
  if (old.absent) notices.absent(AUTOSCALERS_V1);
  return old.found;
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
