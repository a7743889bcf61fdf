import type { Logger } from "pino";
import type { Probot } from "probot";
import type { Config } from "../config/schema.ts";
import { InputError } from "../domain/input-error.ts";
import { parseDuration, type Window } from "../domain/duration.ts";
import { complain, withdraw } from "../github/complaint.ts";
import { endOnboarding, isOnboarding, onboard, type Onboarding } from "../github/onboard.ts";
import { finishOpening } from "../github/open-pull.ts";
import { inWords } from "../github/in-words.ts";
import { mergeDue } from "../github/merge-due.ts";
import { publish, type Published, type PublishResult } from "../github/publish.ts";
import type { RenderStore } from "../gitops/render-store.ts";
import type { Renderer } from "../gitops/render/renderer.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { adviseCluster, type AdvisedContainer } from "./advise-cluster.ts";
import { complaint, meanwhile, overNow } from "./complaint.ts";
import type { TurnTerms } from "./environment-turn.ts";
import { environmentHolds } from "./environments.ts";
import { githubPresets } from "./github-presets.ts";
import type { Located } from "./locate-containers.ts";
import { onboardingPull } from "./onboarding.ts";
import { readDeliveries } from "./cluster-deliveries.ts";
import { describeMissing } from "./missing-repositories.ts";
import { type Followed, followMerged } from "./follow-merged.ts";
import { openCluster } from "./open-cluster.ts";
import { type OpenedRepository, openRepository } from "./open-repository.ts";
import { rulesOf, type RulesFor } from "./own-rules.ts";
import { type Plan, planChanges } from "./plan.ts";
import { openStore } from "./open-store.ts";
import { methodOf, policiesOf, windowEnding } from "./policy.ts";
import { withSetAmounts } from "./set-amounts.ts";
import { whySettled } from "./settled.ts";
import { unwellByUsage } from "./well-since.ts";
import { mayMergeAt, mayOpenAt } from "./windows.ts";

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
  /** What was merged without a person. */
  readonly merged: readonly Published[];
  /** Set where it has no file of its own yet, and so nothing else is opened there. */
  readonly onboarding?: Onboarding;
}

export interface SweepResult {
  readonly containers: readonly PlannedContainer[];
  readonly repositories: readonly SweptRepository[];
  /** Merged pull requests that were looked at. */
  readonly followed: readonly Followed[];
  /** What could not be done, one sentence each; the rest was done. */
  readonly failures: readonly string[];
}

/**
 * Once through everything: scan all repositories, since they have a say in what counts for their workloads, read
 * all clusters, plan all repositories together, since only so a workload that two of them declare is seen to be
 * ambiguous, and bring the pull requests of those asked for up to date. A cluster that can't be read leaves the
 * repositories that speak for it alone, since a value has to fit all.
 */
export async function sweep(
  setup: SweepSetup,
  only?: readonly string[],
  giveBack: ReadonlySet<number> = new Set(),
): Promise<SweepResult> {
  const failures: string[] = [];
  // First, since what is taken back is not proposed again.
  const followed = await followAll(setup, failures, only);
  await using planned = await planAll(setup, failures);
  const repositories: SweptRepository[] = [];
  for (const opened of planned.opened.filter((one) => isAmong(one.name, only))) {
    const { name, fault } = opened;
    try {
      if (fault) {
        failures.push(failure(setup.log, name, new InputError(`${meanwhile(fault)}: ${fault.said}`)));
        await complain(opened.repository, complaint(fault));
      } else await withdraw(opened.repository, overNow(opened.source.own !== undefined));
      if (fault?.inForce.length === 0) continue;
      const result = await bringUpToDate(setup, opened, planned.plan, giveBack);
      repositories.push({ repository: name, ...result });
    } catch (error) {
      failures.push(failure(setup.log, name, error));
    }
  }
  return { containers: planned.plan.containers, repositories, followed, failures };
}

/** Looks only at what became of merged pull requests. */
export async function followAll(
  setup: SweepSetup,
  failures: string[],
  only?: readonly string[],
): Promise<Followed[]> {
  const failed = (what: string, error: unknown): void => {
    failures.push(failure(setup.log, what, error));
  };
  return await followMerged(setup, failed, (name) => isAmong(name, only));
}

/** What a sweep would propose now; writes nothing. */
export async function planSweep(setup: SweepSetup): Promise<Plan> {
  await using planned = await planAll(setup, []);
  return planned.plan;
}

async function bringUpToDate(
  { config, now }: SweepSetup,
  opened: OpenedRepository,
  plan: Plan,
  giveBack: ReadonlySet<number>,
): Promise<Omit<SweptRepository, "repository">> {
  const { name, repository, snapshot, source } = opened;
  await finishOpening(repository, opened.pulls);
  if (!source.own && config.onboarding) {
    const offered = onboardingPull(opened.source, plan, methodOf(config.policy));
    const onboarding = await onboard(repository, snapshot, opened.pulls, offered);
    return { published: [], waiting: [], held: [], closed: [], merged: [], onboarding };
  }
  if (source.own) await endOnboarding(repository, opened.pulls);
  const pulls = opened.pulls.filter((pull) => !isOnboarding(pull));
  const proposals = plan.proposals.filter((proposal) => proposal.repository === name);
  const nowMs = now();
  const result = await publish(repository, snapshot, proposals, {
    pulls,
    giveBack,
    grouping: source.own?.groupBy ?? config.pullRequests.groupBy,
    limits: config.pullRequests.limits,
    mayOpen: mayOpenAt(config, nowMs),
    nowMs,
    settled: (marker) => whySettled(marker, plan.containers),
  });
  if (!mayMergeAt(config, nowMs)) return { ...result, merged: [] };
  const merged = await mergeDue(repository, {
    pulls,
    published: result.published,
    nowMs,
    atAnyTime: config.pullRequests.merge.when === undefined,
    soakSeconds: parseDuration(config.pullRequests.merge.soak) ?? 0,
    largestDecreasePercent: config.pullRequests.merge.largestDecreasePercent,
  });
  return { ...result, merged };
}

interface Planned extends AsyncDisposable {
  readonly plan: Plan;
  readonly opened: readonly OpenedRepository[];
}

async function planAll(setup: SweepSetup, failures: string[]): Promise<Planned> {
  const { config, folder, log, renderer, now } = setup;
  await using stack = new AsyncDisposableStack();
  const presets = githubPresets(setup);
  const all: OpenedRepository[] = [];
  for (const configured of config.repositories) {
    try {
      const one = await openRepository(setup, configured, presets);
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
  const rules = rulesOf(
    config,
    all.map(({ source }) => source),
    now(),
    deliveriesOf,
  );
  const advised = await adviseAll(setup, rules, failures);
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
    merged: all.flatMap(({ merged }) => merged),
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
  return { plan, opened, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

type Advised = ReadonlyMap<string, readonly AdvisedContainer[]>;

async function adviseAll(setup: SweepSetup, rulesFor: RulesFor, failures: string[]): Promise<Advised> {
  const { config, folder, log, now } = setup;
  const window: Window = windowEnding(now(), config.policy.window);
  const policies = policiesOf(config);
  const advised = new Map<string, readonly AdvisedContainer[]>();
  await using store = await openStore(config.store, folder, (warning) => log.warn(warning));
  for (const cluster of config.clusters) {
    const warn = (warning: string): void => log.warn({ cluster: cluster.name }, warning);
    try {
      await using sources = await openCluster(cluster, { folder, window, store, warn });
      const found = await adviseCluster(sources, window, policies, (step) => log.debug(step), rulesFor);
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
  const message = inWords(error);
  log.error({ err: error instanceof InputError ? undefined : error }, `${what}: ${message}`);
  return `${what}: ${message}`;
}
