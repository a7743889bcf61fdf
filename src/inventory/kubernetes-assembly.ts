import { type Container, type Workload, workloadKey } from "../domain/workload.ts";
import type { LiveAutoscaler } from "./kubernetes-autoscaler.ts";
import type { LiveObject } from "./kubernetes-workload.ts";

/** What the cluster holds, as read one object at a time. */
export interface Findings {
  readonly objects: readonly LiveObject[];
  readonly autoscalers: readonly LiveAutoscaler[];
  /** Pod templates that Rollouts refer to and `objects` does not hold, by {@link templateKey}. */
  readonly templates: ReadonlyMap<string, readonly Container[]>;
}

/**
 * The workloads, each once, by namespace, kind and name:
 * - What another workload of ours controls is that one's: the Jobs of a CronJob are not listed.
 * - A Deployment that a Rollout takes its pod template from is listed as the Rollout, which runs the pods
 *   (Argo scales the Deployment down); autoscalers of either are the Rollout's.
 * - A Rollout whose template was not found is left out: there is nothing to advise on.
 */
export function assemble(findings: Findings): Workload[] {
  const byKey = new Map(findings.objects.map((object) => [workloadKey(object.workload), object]));
  const autoscalers = Map.groupBy(findings.autoscalers, ({ target }) => workloadKey(target));
  const lent = new Set(findings.objects.map(templateKey));
  const workloads = [...byKey].flatMap(([key, object]): Workload[] => {
    if (object.owned || lent.has(key)) return [];
    const source = templateKey(object);
    const containers =
      object.templateFrom === undefined
        ? object.workload.containers
        : (byKey.get(source ?? "")?.workload.containers ?? findings.templates.get(source ?? ""));
    if (containers === undefined) return [];
    const scalers = [key, ...(source === undefined ? [] : [source])].flatMap(
      (each) => autoscalers.get(each) ?? [],
    );
    return [{ ...object.workload, containers, autoscalers: scalers.flatMap((scaler) => scaler.autoscalers) }];
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

/** No name holds a character below `-`, so that the order is the one of the parts. */
function sortKey({ namespace, kind, name }: Workload): string {
  return `${namespace} ${kind} ${name}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
