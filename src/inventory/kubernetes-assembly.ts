import { type Container, type DisruptionBudget, type Workload, workloadKey } from "../domain/workload.ts";
import type { LiveAutoscaler } from "./kubernetes-autoscaler.ts";
import type { LiveBudget } from "./kubernetes-budget.ts";
import { type EvictedPod, evictionsByWorkload } from "./kubernetes-evictions.ts";
import { type LiveVerticalAutoscaler, inCharge } from "./kubernetes-vertical-autoscaler.ts";
import type { LiveObject } from "./kubernetes-workload.ts";

/** What the cluster holds, as read one object at a time. */
export interface Findings {
  readonly objects: readonly LiveObject[];
  readonly autoscalers: readonly LiveAutoscaler[];
  /** Namespaces where autoscalers could not be listed; `undefined` stands for all. */
  readonly autoscalersUnknownIn: readonly (string | undefined)[];
  readonly verticalAutoscalers: readonly LiveVerticalAutoscaler[];
  readonly budgets: readonly LiveBudget[];
  readonly evicted: readonly EvictedPod[];
  /** Pod templates that Rollouts refer to and `objects` does not hold, by {@link templateKey}. */
  readonly templates: ReadonlyMap<string, readonly Container[]>;
}

/**
 * The workloads, each once, by namespace, kind and name:
 * - What another workload of ours controls is that one's: the Jobs of a CronJob are not listed.
 * - A Deployment that a Rollout takes its pod template from is listed as the Rollout, which runs the pods
 *   (Argo scales the Deployment down); autoscalers of either, vertical ones too, are the Rollout's.
 * - A Rollout whose template was not found is left out: there is nothing to advise on.
 */
export function assemble(findings: Findings): Workload[] {
  const byKey = new Map(findings.objects.map((object) => [workloadKey(object.workload), object]));
  const autoscalers = Map.groupBy(findings.autoscalers, ({ target }) => workloadKey(target));
  const verticals = Map.groupBy(findings.verticalAutoscalers, ({ target }) => workloadKey(target));
  const budgets = Map.groupBy(findings.budgets, ({ namespace }) => namespace);
  const lent = new Set(findings.objects.map(templateKey));
  const evictions = evictionsByWorkload(findings.evicted, (id) => {
    const key = workloadKey(id);
    return byKey.has(key) && !lent.has(key);
  });
  const workloads = [...byKey].flatMap(([key, object]): Workload[] => {
    if (object.owned || lent.has(key)) return [];
    const source = templateKey(object);
    const containers =
      object.templateFrom === undefined
        ? object.workload.containers
        : (byKey.get(source ?? "")?.workload.containers ?? findings.templates.get(source ?? ""));
    if (containers === undefined) return [];
    const targets = source === undefined ? [key] : [key, source];
    const scalers = targets.flatMap((target) => autoscalers.get(target) ?? []);
    const { namespace } = object.workload;
    const unknown = [namespace, undefined].some((scope) => findings.autoscalersUnknownIn.includes(scope));
    const vertical = inCharge(
      targets.flatMap((target) => (verticals.get(target) ?? []).map((one) => one.verticalAutoscaler)),
    );
    const podLabels = object.podLabels ?? byKey.get(source ?? "")?.podLabels;
    const protecting = (budgets.get(namespace) ?? []).filter(
      ({ selects }) => podLabels && selects(podLabels),
    );
    const thrownOut = evictions.get(key) ?? [];
    return [
      {
        ...object.workload,
        containers,
        autoscalers: scalers.flatMap((scaler) => scaler.autoscalers),
        ...(unknown ? { autoscalersUnknown: true } : {}),
        ...(vertical === undefined ? {} : { verticalAutoscaler: vertical }),
        ...(protecting.length === 0 ? {} : { disruptionBudgets: protecting.map(budgetOf) }),
        ...(thrownOut.length === 0 ? {} : { evictions: thrownOut }),
      },
    ];
  });
  return workloads.toSorted((a, b) => compare(sortKey(a), sortKey(b)));
}

/**
 * `Deployment/shop/api`: where a Rollout has its pod template from. `undefined` where it is its own, or where
 * the reference is to none of the kinds that Argo resolves (but for PodTemplates, which hardly anyone uses).
 */
export function templateKey({ workload, templateFrom }: LiveObject): string | undefined {
  if (templateFrom?.group !== "apps" || !LENDERS.has(templateFrom.kind)) return undefined;
  return `${templateFrom.kind}/${workload.namespace}/${templateFrom.name}`;
}

const LENDERS: ReadonlySet<string> = new Set(["Deployment", "ReplicaSet"]);

function budgetOf({ name, counts }: LiveBudget): DisruptionBudget {
  return { name, ...(counts ? { counts } : {}) };
}

/** No name holds a character below `-`, so that the order is the one of the parts. */
function sortKey({ namespace, kind, name }: Workload): string {
  return `${namespace} ${kind} ${name}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
