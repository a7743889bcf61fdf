import { policyFor } from "../../advice/policy-for.ts";
import type { ClusterConfig, Config } from "../../config/schema.ts";
import type { Window } from "../../domain/duration.ts";
import { InputError } from "../../domain/input-error.ts";
import { type Container, type Workload, type WorkloadId, workloadKey } from "../../domain/workload.ts";
import { broken, held } from "../../gitops/live/chain.ts";
import type { Location } from "../../gitops/locate.ts";
import type { Inventory } from "../../inventory/inventory.ts";
import { noStore } from "../../usage/store/no-store.ts";
import { compareSynced } from "./compare-synced.ts";
import { readDeliveries } from "./cluster-deliveries.ts";
import { withDrift } from "./locate-containers.ts";
import { openCluster, openKubernetes } from "../open/open-cluster.ts";
import { rulesOf } from "../own-file/own-rules.ts";
import type { RepositoryScan } from "../../gitops/scan-repository.ts";
import { locators, type RepositorySource } from "./source.ts";

/** One container of a workload that lives, where it is written, and which policy is for it. */
export interface ExplainedContainer {
  readonly container: Container;
  readonly location: Location;
  readonly policy: { readonly name: string; readonly because: string };
}

export interface ExplainedWorkload {
  readonly workload: Workload;
  readonly containers: readonly ExplainedContainer[];
}

export interface ExplainSetup {
  readonly config: Config;
  readonly cluster: ClusterConfig;
  /** Clusters whose Argo CD may keep this one. */
  readonly delivering: readonly ClusterConfig[];
  /** Files of the configuration are relative to it. */
  readonly folder: string;
  readonly repositories: readonly (RepositorySource & { readonly scan: RepositoryScan })[];
  readonly window: Window;
  readonly warn: (warning: string) => void;
}

/** Follows a live workload to its lines; usage is not read. Rejects with `InputError` where it does not live. */
export async function explainWorkload(id: WorkloadId, setup: ExplainSetup): Promise<ExplainedWorkload> {
  const { config, cluster, delivering, folder, repositories, window, warn } = setup;
  await using stack = new AsyncDisposableStack();
  const inventory = await openInventory(setup, stack);
  const { workloads, warnings } = await inventory.discover({ namespaces: [id.namespace], labels: {} });
  warnings.forEach(warn);
  const workload = workloads.find((one) => workloadKey(one) === workloadKey(id));
  if (!workload)
    throw new InputError(
      `${workloadKey(id)} does not live in ${cluster.name}; its namespace has ${named(workloads)}`,
    );
  const deliveriesOf = await readDeliveries([cluster, ...delivering], {
    folder,
    now: Date.now,
    warn: (_name, warning) => warn(warning),
  });
  const scans = new Map(repositories.map((one) => [one, one.scan] as const));
  const locator = locators(scans, deliveriesOf)(cluster.name);
  const rulesFor = rulesOf(config, repositories, window.endMs, deliveriesOf);
  const containers = workload.containers.map((container): ExplainedContainer => {
    const { policies } = rulesFor(cluster.name, workload, container);
    const { won, because } = policyFor(workload, cluster.name, policies, container.name);
    const location = withDrift(locator.locate(workload, container), container);
    return { container, location, policy: { name: won, because } };
  });
  const { compared: followed } = await compareSynced(containers, scans);
  return { workload, containers: followed.map(withComparison) };
}

async function openInventory(
  { cluster, folder, window, warn }: ExplainSetup,
  stack: AsyncDisposableStack,
): Promise<Inventory> {
  if (cluster.inventory === "kubernetes") return await openKubernetes(cluster, folder);
  return stack.use(await openCluster(cluster, { folder, window, store: noStore(), warn })).inventory;
}

/** With the last link of the chain, where there is one: whether what lives is what is declared. */
function withComparison<One extends { readonly location: Location }>(one: One): One {
  const { location } = one;
  const { live } = location;
  if (!("at" in location) || !live || live.links.length === 0) return one;
  const differs = location.reason?.code === "drift" || location.reason?.code === "not-synced-yet";
  const link = differs
    ? broken("live", location.reason?.message ?? "")
    : held("live", "the cluster has the numbers that are declared");
  return { ...one, location: { ...location, live: { ...live, links: [...live.links, link] } } };
}

function named(workloads: readonly Workload[]): string {
  const names = workloads.slice(0, 10).map(workloadKey);
  if (names.length === 0) return "none";
  return names.join(", ") + (workloads.length > names.length ? ", …" : "");
}
