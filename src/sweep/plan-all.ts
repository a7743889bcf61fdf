import type { Workload } from "../domain/workload.ts";
import type { Window } from "../domain/duration.ts";
import { InputError } from "../domain/input-error.ts";
import type { Followed } from "../followup/moment.ts";
import { adviseCluster, type AdvisedContainer } from "./advise-cluster.ts";
import { readDeliveries } from "./locate/cluster-deliveries.ts";
import type { TurnTerms } from "./environments/environment-turn.ts";
import { mergedChanges } from "./environments/merged-changes.ts";
import { environmentHolds } from "./environments/environments.ts";
import { failure } from "./failure.ts";
import { githubPresets } from "./own-file/github-presets.ts";
import type { Located } from "./locate/locate-containers.ts";
import { describeMissing } from "./locate/missing-repositories.ts";
import { openCluster } from "./open/open-cluster.ts";
import { type OpenedRepository, openRepository } from "./open-repository.ts";
import { openStore } from "./open/open-store.ts";
import { rulesOf, type RulesFor } from "./own-file/own-rules.ts";
import { type Plan, planChanges } from "./plan.ts";
import { methodOf, policiesOf, windowEnding } from "./policy.ts";
import { withSetAmounts } from "./set-amounts.ts";
import { shardWork, type ShardWork } from "./shards/shard-work.ts";
import type { SweepSetup } from "./setup.ts";
import type { Visits } from "./visits.ts";
import { unwellByUsage } from "./environments/well-since.ts";

/** What is to be done, and the repositories in which, as they were read. */
export interface Planned extends AsyncDisposable {
  /** What of it is done here, where others do the rest. */
  readonly work: ShardWork | undefined;
  readonly plan: Plan;
  readonly opened: readonly OpenedRepository[];
}

/**
 * Reads all repositories and clusters, and plans all together. What could not be had is added to the failures, and the
 * rest goes on.
 */
export async function planAll(
  setup: SweepSetup,
  failures: string[],
  visits: Visits,
  followed: readonly Followed[] = [],
): Promise<Planned> {
  const { config, folder, log, renderer, now } = setup;
  await using stack = new AsyncDisposableStack();
  const presets = githubPresets(setup);
  const all: OpenedRepository[] = [];
  for (const configured of config.repositories) {
    try {
      const one = await openRepository(setup, configured, presets, visits);
      stack.use(one.snapshot);
      all.push(one);
    } catch (error) {
      failures.push(failure(log, configured.name, error));
    }
  }
  const deliveriesOf = await readDeliveries(config.clusters, {
    folder,
    now,
    warn: (cluster, warning) => log.warn({ cluster }, warning),
  });
  const scanned = all.map(({ source }) => source);
  const rules = rulesOf(config, scanned, now(), deliveriesOf);
  const { shard } = setup;
  const work = shard && shard.of > 1 ? shardWork(shard, scanned, config, deliveriesOf) : undefined;
  const advised = await adviseAll(setup, rules, failures, work);
  const opened = all.filter(({ name, source }) => {
    const unread = source.clusters.filter((cluster) => !advised.has(cluster));
    if (unread.length === 0) return true;
    const why = new InputError(`left alone, since ${unread.join(", ")} could not be read`);
    failures.push(failure(log, name, why));
    return false;
  });
  const { minimumCertainty } = config.policy;
  const { groupBy } = config.pullRequests;
  const terms: TurnTerms = {
    environments: config.environments,
    merged: all.flatMap(({ name, overview, pulls }) => mergedChanges(name, overview, pulls, followed)),
    unread: config.clusters.map((cluster) => cluster.name).filter((cluster) => !advised.has(cluster)),
    whyUnwell: unwellByUsage,
    nowMs: now(),
  };
  const options = {
    minimumCertainty,
    method: methodOf(config.policy),
    groupBy,
    holdsOf: (located: readonly Located[]) => environmentHolds(located, terms),
    renderer,
    deliveriesOf,
  };
  const sources = opened.map(({ source }) => source);
  const said = opened.flatMap(({ pulls }) => pulls.flatMap(({ marker }) => marker?.said?.set ?? []));
  const wanted = withSetAmounts([...advised.values()].flat(), said);
  const plan = await planChanges(wanted, sources, options, (step) => log.debug(step));
  for (const one of plan.missingRepositories) log.warn(describeMissing(one));
  const kept = stack.move();
  return { plan, opened, work, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

type Advised = ReadonlyMap<string, readonly AdvisedContainer[]>;

async function adviseAll(
  setup: SweepSetup,
  rulesFor: RulesFor,
  failures: string[],
  work: ShardWork | undefined,
): Promise<Advised> {
  const { config, folder, log, now } = setup;
  const window: Window = windowEnding(now(), config.policy.window);
  const policies = policiesOf(config);
  const advised = new Map<string, readonly AdvisedContainer[]>();
  await using store = await openStore(config.store, folder, (warning) => log.warn(warning));
  for (const cluster of config.clusters) {
    const warn = (warning: string): void => log.warn({ cluster: cluster.name }, warning);
    try {
      const inventory = setup.inventories?.get(cluster.name);
      await using sources = await openCluster(cluster, { folder, window, store, warn, inventory });
      const isMine = (workload: Workload): boolean => work?.hasWorkload(cluster.name, workload) ?? true;
      const step = (text: string): void => log.debug(text);
      const found = await adviseCluster(sources, window, policies, step, rulesFor, isMine);
      for (const warning of found.warnings) warn(warning);
      advised.set(cluster.name, found.containers);
    } catch (error) {
      failures.push(failure(log, `cluster ${cluster.name}`, error));
    }
  }
  return advised;
}
