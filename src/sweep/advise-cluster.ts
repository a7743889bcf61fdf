import { advise, type Advice } from "../advice/advise.ts";
import type { Mode, Policy } from "../advice/policy.ts";
import { type Policies, policyFor } from "../advice/policy-for.ts";
import { fitting } from "../advice/together.ts";
import type { Window } from "../domain/duration.ts";
import { RESOURCE_NAMES } from "../domain/resources.ts";
import type { Reason } from "../domain/reason.ts";
import { InputError } from "../domain/input-error.ts";
import { baseUnits } from "../domain/quantity.ts";
import type { ResourceName, Resources } from "../domain/resources.ts";
import { NO_SURROUNDINGS, type Surroundings } from "../domain/surroundings.ts";
import type { TrialPolicy } from "../domain/trial-policy.ts";
import { type Container, type Workload, workloadKey } from "../domain/workload.ts";
import type { DeliverySource } from "../inventory/deliveries/delivery-source.ts";
import { learnedBy } from "../followup/lessons.ts";
import type { Inventory, WorkloadSelection } from "../inventory/inventory.ts";
import { observeUsage, type ObserveSetup } from "../usage/observe.ts";
import { type ResourceSummary, summarize } from "../usage/usage-summary.ts";
import { type EventDay, eventDays } from "../usage/usage-events.ts";
import type { WorkloadUsage } from "../usage/usage.ts";
import type { RulesFor } from "./own-file/own-rules.ts";

/** A cluster, and how it is looked at. */
export interface ClusterSources extends ObserveSetup, AsyncDisposable {
  readonly name: string;
  readonly inventory: Inventory;
  readonly selection: WorkloadSelection;
  /** Left out where nothing tells of GitOps tools. */
  readonly deliveries?: DeliverySource | undefined;
}

/** A container that runs, what it used in a few numbers, and what it should ask for. */
export interface AdvisedContainer {
  readonly cluster: string;
  readonly workload: Workload;
  readonly container: Container;
  /** Of its cluster. */
  readonly surroundings: Surroundings;
  readonly usage: {
    readonly cpu?: ResourceSummary | undefined;
    readonly memory?: ResourceSummary | undefined;
  };
  /** OOM kills and throttling by day, where counters told. */
  readonly events?: readonly EventDay[];
  readonly advice: Advice;
  /** Which policy decided, and why that one. */
  readonly policy: {
    readonly won: string;
    readonly because: string;
    readonly mode: Mode;
    readonly bounds: Policy["bounds"];
    /** Left out where no trials are allowed. */
    readonly trial?: TrialPolicy;
  };
}

export interface AdvisedCluster {
  readonly containers: readonly AdvisedContainer[];
  readonly warnings: readonly string[];
}

/**
 * discover → observe → advise, for one cluster; usage is held in memory for a few namespaces at a time. `rulesFor`
 * says what counts for a container, where that is not the same for all; `isMine` which workloads are looked at.
 */
export async function adviseCluster(
  cluster: ClusterSources,
  window: Window,
  policies: Policies,
  progress: (step: string) => void,
  rulesFor: RulesFor = () => ({ policies }),
  isMine: (workload: Workload) => boolean = () => true,
): Promise<AdvisedCluster> {
  progress(`${cluster.name}: looking for workloads`);
  const discovery = await cluster.inventory.discover(cluster.selection);
  const { workloads, warnings, surroundings = NO_SURROUNDINGS } = discovery;
  if (workloads.length === 0) throw new InputError(nothingFound(cluster, warnings));
  const mine = new Set(workloads.filter(isMine));
  const byNamespace = Map.groupBy(mine, ({ namespace }) => namespace);
  // What others look at takes from the same quota.
  const shared = new Set(surroundings.quotas.map(({ namespace }) => namespace));
  const all = Map.groupBy(workloads, ({ namespace }) => namespace);
  const advised = new Map<string, AdvisedContainer[]>();
  const bad = new Set<string>();
  const told = await observeUsage(
    cluster,
    // Days of a namespace are kept whole, whoever reads them.
    workloads.filter(({ namespace }) => byNamespace.has(namespace)),
    window,
    (namespace, usage, partial) => {
      const judged = (shared.has(namespace) ? all : byNamespace).get(namespace) ?? [];
      const each = judged.flatMap((workload) =>
        adviseWorkload(cluster.name, workload, usage.get(workloadKey(workload)), {
          surroundings,
          partial,
          window,
          rulesFor,
          warnings: mine.has(workload) ? bad : new Set(),
        }),
      );
      advised.set(
        namespace,
        fitting(each, surroundings).filter(({ workload }) => mine.has(workload)),
      );
    },
    (namespace, done, of) => progress(`${cluster.name}: reading usage of ${namespace} (${done} of ${of})`),
  );
  return {
    // In the order of the inventory, whichever namespace was read first.
    containers: [...byNamespace.keys()].flatMap((namespace) => advised.get(namespace) ?? []),
    warnings: [...warnings, ...told, ...bad],
  };
}

interface Terms {
  readonly surroundings: Surroundings;
  readonly partial: boolean;
  readonly window: Window;
  readonly rulesFor: RulesFor;
  /** Annotations that say nothing that can be followed. */
  readonly warnings: Set<string>;
}

function adviseWorkload(
  cluster: string,
  workload: Workload,
  measured: WorkloadUsage | undefined,
  { surroundings, partial, window, rulesFor, warnings }: Terms,
): AdvisedContainer[] {
  return workload.containers.map((container) => {
    const used = measured?.containers.find((one) => one.container === container.name);
    const { policies, ignored, watched, lessons = [] } = rulesFor(cluster, workload, container);
    const chosen = policyFor(workload, cluster, policies, container.name);
    for (const warning of chosen.warnings) warnings.add(warning);
    const { resting, tooLittle } = learnedBy(window.endMs, lessons, container.name, chosen.policy.afterMerge);
    const subject = { container, workload, usage: used, partial, surroundings, tooLittle };
    const found = advise(subject, window, chosen.policy);
    const alone = ignored ?? resting ?? (found.urgent.length > 0 ? undefined : watched);
    const advice = alone ? leftAlone(found, alone) : found;
    const summary = (resource: ResourceName): ResourceSummary | undefined =>
      used && summarize(used, resource, requestsOf(resource, container.resources, advice.recommended));
    const usage = { cpu: summary("cpu"), memory: summary("memory") };
    const { won, because, policy } = chosen;
    const { mode, bounds, trial } = policy;
    const decided = { won, because, mode, bounds, ...(trial ? { trial } : {}) };
    const events = used ? eventDays(used) : [];
    return { cluster, workload, container, surroundings, usage, events, advice, policy: decided };
  });
}

/** It was looked at as ever, and stays as it is. */
function leftAlone(advice: Advice, reason: Reason): Advice {
  const held = RESOURCE_NAMES.map((resource) => ({ resource, ...reason }));
  return { ...advice, recommended: null, held, because: [], guarded: [], urgent: [] };
}

/** Now and as advised, in cores or bytes: what is shown against use. Sketches are let go of. */
function requestsOf(resource: ResourceName, ...resources: readonly (Resources | null)[]): number[] {
  return resources.flatMap((one) => {
    const amount = one?.requests[resource];
    return amount === undefined ? [] : [baseUnits(amount)];
  });
}

function nothingFound({ name, selection }: ClusterSources, why: readonly string[]): string {
  const narrowed = selection.namespaces.length > 0 || Object.keys(selection.labels).length > 0;
  const nothing = narrowed ? "no workload matches --namespace and --selector" : "no workloads were found";
  return [`cluster ${name}: ${nothing}`, ...why].join("; ");
}
