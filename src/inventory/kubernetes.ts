import { InputError } from "../domain/input-error.ts";
import { type WorkloadKind, workloadKey } from "../domain/workload.ts";
import type { Discovery, Inventory, WorkloadSelection } from "./inventory.ts";
import { type ClusterAccess, loadKubeconfig } from "./kubeconfig.ts";
import { API_LIMITS, type ApiLimits, KubernetesApi, type ListQuery } from "./kubernetes-api.ts";
import { assemble, templateKey } from "./kubernetes-assembly.ts";
import type { LiveAutoscaler } from "./kubernetes-autoscaler.ts";
import type { ApiCost } from "./kubernetes-connection.ts";
import { EVICTION_EVENTS, FAILED_PODS } from "./kubernetes-evictions.ts";
import { readHistory } from "./kubernetes-history.ts";
import { type InventoryLists, inventoryLists } from "./kubernetes-inventory-lists.ts";
import { type List, type Look, type Scope, type Sight, listedAnew, lookFor } from "./kubernetes-lists.ts";
import { Notices } from "./kubernetes-notices.ts";
import { lookForSurroundings } from "./kubernetes-surroundings.ts";
import { fetchTemplates } from "./kubernetes-templates.ts";
import type { LiveObject } from "./kubernetes-workload.ts";

export interface KubernetesInventory extends Required<Inventory> {
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
  return inventoryBy(inventoryLists(listedAnew), access, { ...API_LIMITS, ...limits }, cost);
}

/** The same by lists that may be kept, and with `cost` counted up. */
export function inventoryBy(
  lists: InventoryLists,
  access: ClusterAccess,
  limits: ApiLimits,
  cost: ApiCost,
): KubernetesInventory {
  return {
    cost,
    async discover(selection) {
      const scopes = scopesOf(selection.namespaces);
      await using api = await KubernetesApi.connect(loadKubeconfig(access), limits, cost);
      return await discover({ api, scopes, notices: new Notices() }, lists, selection.labels);
    },
    async history({ namespaces }) {
      const scopes = scopesOf(namespaces);
      await using api = await KubernetesApi.connect(loadKubeconfig(access), limits, cost);
      return await readHistory({ api, scopes, notices: new Notices() }, lists);
    },
  };
}

type Labels = WorkloadSelection["labels"];

function scopesOf(namespaces: readonly string[]): Scope[] {
  const wrong = namespaces.find((name) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name));
  if (wrong !== undefined)
    throw new InputError(`--namespace ${JSON.stringify(wrong)} is no name of a namespace`);
  return namespaces.length === 0 ? [undefined] : [...new Set(namespaces)];
}

async function discover(look: Look, lists: InventoryLists, labels: Labels): Promise<Discovery> {
  const { api, notices } = look;
  const [sights, autoscalers, verticalAutoscalers, budgets, evictedPods, evictionEvents, surroundings] =
    await Promise.all([
      Promise.all(lists.workloads.map(({ kind, list }) => lookForWorkloads(look, kind, list, labels))),
      lookForAutoscalers(look, lists),
      // A cluster without them is nothing to warn of.
      lookFor(look, lists.verticalAutoscalers),
      glance(look, lists.budgets),
      glance(look, lists.evictedPods, FAILED_PODS),
      glance(look, lists.evictionEvents, EVICTION_EVENTS),
      lookForSurroundings(look, lists),
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
    budgets,
    evicted: [...evictedPods, ...evictionEvents],
    templates,
  });
  return { workloads, warnings: notices.warnings(), surroundings };
}

/** What is good to know, and no reason to know nothing: where its list fails, that is said. */
async function glance<T>(
  look: Look,
  list: List<T>,
  selectors?: Omit<ListQuery, "namespace">,
): Promise<readonly T[]> {
  try {
    return (await lookFor(look, list, selectors)).found;
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error)) throw error;
    look.notices.failed(list.resource, error);
    return [];
  }
}

/**
 * Rollouts are listed whatever their labels: one of them may run the pods of a selected Deployment. A cluster
 * without Argo Rollouts is nothing to warn of.
 */
async function lookForWorkloads(
  look: Look,
  kind: WorkloadKind,
  list: List<LiveObject>,
  labels: Labels,
): Promise<Sight<LiveObject>> {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const labelSelector = kind === "Rollout" || selector.length === 0 ? undefined : selector.join(",");
  const sight = await lookFor(look, list, { labelSelector });
  if (sight.absent && kind !== "Rollout") look.notices.absent(list.resource);
  return sight;
}

async function lookForAutoscalers(look: Look, lists: InventoryLists): Promise<Sight<LiveAutoscaler>> {
  const modern = await lookFor(look, lists.autoscalers);
  if (!modern.absent) return modern;
  const old = await lookFor(look, lists.oldAutoscalers);
  if (old.absent) look.notices.absent(lists.oldAutoscalers.resource);
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
