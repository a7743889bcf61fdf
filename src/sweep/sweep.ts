import type { Logger } from "pino";
import type { Probot } from "probot";
import type { Config, RepositoryConfig } from "../config/schema.ts";
import { InputError } from "../domain/input-error.ts";
import type { Window } from "../domain/duration.ts";
import { type InstalledRepository, installedRepository } from "../github/repository.ts";
import { publish, type Published } from "../github/publish.ts";
import { type Snapshot, takeSnapshot } from "../github/snapshot.ts";
import type { RenderStore } from "../gitops/render-store.ts";
import type { Renderer } from "../gitops/render/renderer.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { adviseCluster, type AdvisedContainer } from "./advise-cluster.ts";
import { isOwnAddress } from "./own-repository.ts";
import { openCluster } from "./open-cluster.ts";
import { type Plan, planChanges } from "./plan.ts";
import { methodOf, policyOf, windowEnding } from "./policy.ts";
import { repositoryGlobs } from "./repository-globs.ts";

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
}

export interface SweptRepository {
  readonly repository: string;
  readonly published: readonly Published[];
}

export interface SweepResult {
  readonly containers: readonly PlannedContainer[];
  readonly repositories: readonly SweptRepository[];
  /** What could not be done, one sentence each; the rest was done. */
  readonly failures: readonly string[];
}

/**
 * Once through everything: read all clusters, plan every repository, bring its pull requests up to date.
 * A cluster that can't be read leaves the repositories that speak for it alone, since a value has to fit all.
 */
export async function sweep(setup: SweepSetup, only?: readonly string[]): Promise<SweepResult> {
  const failures: string[] = [];
  const advised = await adviseAll(setup, failures);
  const repositories: SweptRepository[] = [];
  const containers: PlannedContainer[] = [];
  for (const configured of chosen(setup.config, only)) {
    try {
      const swept = await withPlan(setup, configured, advised, async (plan, repository, snapshot) => {
        containers.push(...plan.containers);
        return await publish(repository, snapshot, plan.proposals);
      });
      repositories.push({ repository: configured.name, published: swept });
    } catch (error) {
      failures.push(failure(setup.log, configured.name, error));
    }
  }
  return { containers, repositories, failures };
}

/** What a sweep would propose to one repository now; writes nothing. */
export async function planRepository(setup: SweepSetup, name: string): Promise<Plan> {
  const failures: string[] = [];
  const [configured] = chosen(setup.config, [name]);
  if (!configured) throw new InputError(`${name} is not in the configuration`);
  const advised = await adviseAll(setup, failures);
  return await withPlan(setup, configured, advised, async (plan) => await Promise.resolve(plan));
}

type Advised = ReadonlyMap<string, readonly AdvisedContainer[]>;

async function adviseAll(setup: SweepSetup, failures: string[]): Promise<Advised> {
  const { config, folder, log, now } = setup;
  const window: Window = windowEnding(now(), config.policy.window);
  const advised = new Map<string, readonly AdvisedContainer[]>();
  for (const cluster of config.clusters) {
    try {
      const sources = await openCluster(cluster, folder, window, (warning) =>
        log.warn({ cluster: cluster.name }, warning),
      );
      const found = await adviseCluster(sources, window, policyOf(config.policy), (step) => log.debug(step));
      for (const warning of found.warnings) log.warn({ cluster: cluster.name }, warning);
      advised.set(cluster.name, found.containers);
    } catch (error) {
      failures.push(failure(log, `cluster ${cluster.name}`, error));
    }
  }
  return advised;
}

async function withPlan<Result>(
  { config, app, baseUrl, log, renderer, kept }: SweepSetup,
  configured: RepositoryConfig,
  advised: Advised,
  use: (plan: Plan, repository: InstalledRepository, snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const clusters = configured.clusters ?? config.clusters.map(({ name }) => name);
  const unread = clusters.filter((cluster) => !advised.has(cluster));
  if (unread.length > 0) throw new InputError(`left alone, since ${unread.join(", ")} could not be read`);
  const repository = await installedRepository(app, baseUrl, configured.name);
  await using snapshot = await takeSnapshot(repository);
  const source = {
    name: configured.name,
    tree: snapshot.tree,
    counts: repositoryGlobs(config, configured.name),
    isOwn: isOwnAddress([repository.cloneUrl]),
  };
  const containers = clusters.flatMap((cluster) => advised.get(cluster) ?? []);
  const options = {
    policy: policyOf(config.policy),
    method: methodOf(config.policy),
    renderer,
    ...(kept ? { kept } : {}),
  };
  const plan = await planChanges(containers, [source], options, (step) => log.debug(step));
  return await use(plan, repository, snapshot);
}

function chosen(config: Config, only: readonly string[] | undefined): RepositoryConfig[] {
  const wanted = only && new Set(only.map((name) => name.toLowerCase()));
  return config.repositories.filter(({ name }) => wanted?.has(name.toLowerCase()) ?? true);
}

function failure(log: Logger, what: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  log.error({ err: error instanceof InputError ? undefined : error }, `${what}: ${message}`);
  return `${what}: ${message}`;
}
