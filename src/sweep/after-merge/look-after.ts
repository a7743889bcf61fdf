import type { Policy } from "../../advice/policy.ts";
import type { Delivery } from "../../domain/delivery.ts";
import { WORKLOAD_GROUPS, type Workload, workloadKey } from "../../domain/workload.ts";
import {
  type DeliveriesOf,
  deliveryChain,
  deliveryName,
  revisionsOf,
} from "../../followup/delivery-chain.ts";
import { hindrance } from "../../followup/hindrance.ts";
import type { DeliverySight, Sight } from "../../followup/sight.ts";
import type { FollowState } from "../../followup/state.ts";
import { hasArrived, type Target } from "../../followup/target.ts";
import type { Finding } from "../../followup/worse.ts";
import type { LiveWorkload } from "../../inventory/live-workloads.ts";
import type { ClusterView } from "./cluster-view.ts";
import { findingsOf, type Found, watchOf } from "./watch.ts";

/** What a merge is looked at with. */
export interface LookTerms {
  /** The repository, as deliveries name it. */
  readonly repository: string;
  readonly deliveriesOf: DeliveriesOf;
  /** Whether a revision of it holds the merge. */
  readonly holds: (revision: string) => Promise<boolean>;
  readonly policyOf: (target: Target, workload: Workload) => Policy;
  readonly nowMs: number;
}

/** What a cluster says of one target of a merge. */
export interface Looked {
  readonly target: Target;
  readonly policy: Policy;
  readonly sight: Sight;
  readonly findings: readonly Finding[];
  /** Signals of the policy that say nothing so far. */
  readonly unread: readonly string[];
}

/** Looks at the targets of one merge in one cluster. */
export async function lookAfter(
  view: ClusterView,
  targets: readonly Target[],
  state: FollowState,
  terms: LookTerms,
): Promise<Looked[]> {
  const live = await view.live.look(targets.map(({ workload }) => workload));
  const looked: Omit<Looked, keyof Found>[] = [];
  for (const target of targets) {
    const found = live.get(workloadKey(target.workload)) ?? { status: "unknown" };
    const policy = terms.policyOf(target, found.status === "there" ? found.workload : bare(target));
    looked.push({ target, policy, sight: await sightOf(target, found, terms) });
  }
  const watched = looked.flatMap(({ target, policy }) => watchOf(target, policy, state, terms.nowMs));
  const found = view.series && (await findingsOf(view.series, watched, view.warn));
  return looked.map((one) => ({ ...one, ...(found?.get(one.target) ?? { findings: [], unread: [] }) }));
}

/** Without labels and annotations, where nothing is known of them. */
function bare({ workload }: Target): Workload {
  return { ...workload, labels: {}, annotations: {}, containers: [], autoscalers: [] };
}

async function sightOf(target: Target, found: LiveWorkload, terms: LookTerms): Promise<Sight> {
  const { kind, namespace, name } = target.workload;
  const object = { group: WORKLOAD_GROUPS[kind], kind, namespace, name };
  const chain = deliveryChain(object, target.cluster, terms.repository, terms.deliveriesOf);
  const delivery = await deliverySight(chain, terms);
  return {
    amounts: amountsOf(target, found),
    ...(delivery ? { delivery } : {}),
    ...(found.status === "there" && found.rollout ? { rollout: found.rollout } : {}),
  };
}

function amountsOf(target: Target, found: LiveWorkload): Sight["amounts"] {
  if (found.status !== "there") return found.status;
  const arrived = hasArrived(
    target,
    new Map(found.workload.containers.map(({ name, resources }) => [name, resources])),
  );
  if (arrived === undefined) return "unknown";
  return arrived ? "arrived" : "other";
}

async function deliverySight(
  chain: readonly Delivery[],
  { repository, holds }: LookTerms,
): Promise<DeliverySight | undefined> {
  const [nearest, ...outer] = chain;
  if (!nearest) return undefined;
  const hindered = chain
    .toReversed()
    .map(hindrance)
    .find((reason) => reason !== undefined);
  // What is delivered by what is delivered is there once that is synced, too.
  const through = outer.length === 0 || nearest.sync === "Synced";
  let revision: string | undefined;
  for (const candidate of through ? revisionsOf(chain, repository) : [])
    if (revision === undefined && (await holds(candidate))) revision = candidate;
  return {
    name: deliveryName(nearest),
    healthy: nearest.health === "Healthy" || nearest.health === "Unknown",
    ...(revision === undefined ? {} : { revision }),
    ...(hindered ? { hindered } : {}),
  };
}
