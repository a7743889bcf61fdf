import type { Logger } from "pino";
import type { Probot } from "probot";
import type { Config, RepositoryConfig } from "../config/schema.ts";
import { InputError } from "../domain/input-error.ts";
import type { Window } from "../domain/duration.ts";
import { type InstalledRepository, installedRepository } from "../github/repository.ts";
import { publish, type PublishResult } from "../github/publish.ts";
import { openPulls, type OpenPull } from "../github/pulls.ts";
import { type Snapshot, takeSnapshot } from "../github/snapshot.ts";
import type { RenderStore } from "../gitops/render-store.ts";
import type { Renderer } from "../gitops/render/renderer.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { adviseCluster, type AdvisedContainer } from "./advise-cluster.ts";
import { isOwnAddress } from "./own-repository.ts";
import { openCluster } from "./open-cluster.ts";
import { type Plan, planChanges, type RepositorySource } from "./plan.ts";
import { openStore } from "./open-store.ts";
import { methodOf, policiesOf, windowEnding } from "./policy.ts";
import { repositoryGlobs } from "./repository-globs.ts";
import { withSetAmounts } from "./set-amounts.ts";
import { whySettled } from "./settled.ts";
import { mayOpenAt } from "./windows.ts";

/** Everything that a sweep reaches for. */
export interface SweepSetup {
  readonly config: Config;
  /** Files that the configuration names are relative to it. */
  readonly folder: string;
  readonly app: Probot;
  /** Of GitHub's REST API. */
  readonly baseUrl: string;
  readonly renderer: Renderer;
  readonly kept?: RenderStore;
  readonly log: Logger;
  readonly now: () => number;
  /** Signs what is kept in places that others may write to. */
  readonly secret: string;
}

export interface SweptRepository extends PublishResult {
  readonly repository: string;
}

export interface SweepResult {
  readonly containers: readonly PlannedContainer[];
  readonly repositories: readonly SweptRepository[];
  /** What could not be done, one sentence each; the rest was done. */
  readonly failures: readonly string[];
}

/**
 * Once through everything: read all clusters, plan all repositories together, since only so a workload that two
 * of them declare is seen to be ambiguous, and bring the pull requests of those asked for up to date. A cluster
 * that can't be read leaves the repositories that speak for it alone, since a value has to fit all.
 */
export async function sweep(
  setup: SweepSetup,
  only?: readonly string[],
  giveBack: ReadonlySet<number> = new Set(),
): Promise<SweepResult> {
  const failures: string[] = [];
  await using planned = await planAll(setup, failures);
  const repositories: SweptRepository[] = [];
  for (const opened of planned.opened.filter((one) => isAmong(one.name, only))) {
    const { name, repository, snapshot, pulls } = opened;
    try {
      const proposals = planned.plan.proposals.filter((proposal) => proposal.repository === name);
      const result = await publish(repository, snapshot, proposals, {
        pulls,
        giveBack,
        limits: setup.config.pullRequests.limits,
        mayOpen: mayOpenAt(setup.config, setup.now()),
        nowMs: setup.now(),
        settled: (marker) => whySettled(marker, planned.plan.containers),
      });
      repositories.push({ repository: name, ...result });
    } catch (error) {
      failures.push(failure(setup.log, name, error));
    }
  }
  return { containers: planned.plan.containers, repositories, failures };
}

/** What a sweep would propose now; writes nothing. */
export async function planSweep(setup: SweepSetup): Promise<Plan> {
  await using planned = await planAll(setup, []);
  return planned.plan;
}

interface Opened {
  readonly name: string;
  readonly repository: InstalledRepository;
  readonly snapshot: Snapshot;
  readonly pulls: readonly OpenPull[];
  readonly source: RepositorySource;
}

interface Planned extends AsyncDisposable {
  readonly plan: Plan;
  readonly opened: readonly Opened[];
}

async function planAll(setup: SweepSetup, failures: string[]): Promise<Planned> {
  const { config, log, renderer } = setup;
  const advised = await adviseAll(setup, failures);
  await using stack = new AsyncDisposableStack();
  const opened: Opened[] = [];
  for (const configured of config.repositories) {
    try {
      const one = await open(setup, configured, advised);
      stack.use(one.snapshot);
      opened.push(one);
    } catch (error) {
      failures.push(failure(log, configured.name, error));
    }
  }
  const { minimumCertainty } = config.policy;
  const options = { minimumCertainty, method: methodOf(config.policy), renderer };
  const sources = opened.map(({ source }) => source);
  const said = opened.flatMap(({ pulls }) => pulls.flatMap(({ marker }) => marker?.said?.set ?? []));
  const wanted = withSetAmounts([...advised.values()].flat(), said);
  const plan = await planChanges(wanted, sources, options, (step) => log.debug(step));
  const kept = stack.move();
  return { plan, opened, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

async function open(
  { config, app, baseUrl }: SweepSetup,
  configured: RepositoryConfig,
  advised: Advised,
): Promise<Opened> {
  const { name } = configured;
  const clusters = configured.clusters ?? config.clusters.map((cluster) => cluster.name);
  const unread = clusters.filter((cluster) => !advised.has(cluster));
  if (unread.length > 0) throw new InputError(`left alone, since ${unread.join(", ")} could not be read`);
  const repository = await installedRepository(app, baseUrl, name);
  const pulls = await openPulls(repository);
  const snapshot = await takeSnapshot(repository);
  const counts = repositoryGlobs(config, name);
  return {
    name,
    repository,
    snapshot,
    pulls,
    source: {
      name,
      tree: snapshot.tree,
      clusters,
      counts,
      isOwn: isOwnAddress([repository.cloneUrl]),
      splits: pulls.flatMap(({ branch, marker }) =>
        marker?.said?.only ? [{ branch, only: marker.said.only }] : [],
      ),
    },
  };
}

type Advised = ReadonlyMap<string, readonly AdvisedContainer[]>;

async function adviseAll(setup: SweepSetup, failures: string[]): Promise<Advised> {
  const { config, folder, log, now } = setup;
  const window: Window = windowEnding(now(), config.policy.window);
  const policies = policiesOf(config);
  const advised = new Map<string, readonly AdvisedContainer[]>();
  await using store = await openStore(config.store, folder, (warning) => log.warn(warning));
  for (const cluster of config.clusters) {
    const warn = (warning: string): void => log.warn({ cluster: cluster.name }, warning);
    try {
      await using sources = await openCluster(cluster, { folder, window, store, warn });
      const found = await adviseCluster(sources, window, policies, (step) => log.debug(step));
      for (const warning of found.warnings) warn(warning);
      advised.set(cluster.name, found.containers);
    } catch (error) {
      failures.push(failure(log, `cluster ${cluster.name}`, error));
    }
  }
  return advised;
}

function isAmong(name: string, only: readonly string[] | undefined): boolean {
  return only?.some((wanted) => wanted.toLowerCase() === name.toLowerCase()) ?? true;
}

function failure(log: Logger, what: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  log.error({ err: error instanceof InputError ? undefined : error }, `${what}: ${message}`);
  return `${what}: ${message}`;
}
