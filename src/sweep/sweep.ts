import { InputError } from "../domain/input-error.ts";
import { parseDuration } from "../domain/duration.ts";
import { complain, withdraw } from "../github/complaint.ts";
import { endOnboarding, isOnboarding, onboard, type Onboarding } from "../github/onboard.ts";
import { finishOpening } from "../github/open-pull.ts";
import { mergeDue } from "../github/merge-due.ts";
import type { Merges } from "../github/overview.ts";
import { openPulls } from "../github/pulls.ts";
import { publish, type Published, type PublishResult } from "../github/publish.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { failure } from "./failure.ts";
import { complaint, meanwhile, overNow } from "./own-file/complaint.ts";
import { onboardingPull } from "./own-file/onboarding.ts";
import { followMerged, type FollowResult } from "./after-merge/follow-merged.ts";
import { inTurn } from "./in-turn.ts";
import { closeDashboard, readDashboard, writeDashboard } from "../github/dashboard.ts";
import { renderDashboard } from "../proposals/dashboard.ts";
import { dashboardOf } from "./dashboard.ts";
import { withLock } from "./shards/repository-lock.ts";
import { hasSharedStore, isInShard, sharedStore } from "./shards/shard.ts";
import { wholeUnit } from "./shards/units.ts";
import type { OpenedRepository } from "./open-repository.ts";
import type { Plan } from "./plan.ts";
import { planAll } from "./plan-all.ts";
import { methodOf } from "./policy.ts";
import { whySettled } from "./settled.ts";
import { sayRefused } from "./say-refused.ts";
import type { SweepSetup } from "./setup.ts";
import { judgeTicks, obeyed, type Tick } from "./ticks.ts";
import { mergeVisitsOf, type Visits, visitsOf } from "./visits.ts";
import { mayMergeAt, mayOpenAt } from "./windows.ts";

export interface SweptRepository extends PublishResult {
  readonly repository: string;
  /** What was merged without a person. */
  readonly merged: readonly Published[];
  /** Boxes of its dashboard that were ticked. */
  readonly ticked: readonly Tick[];
  /** Set where it has no file of its own yet, and so nothing else is opened there. */
  readonly onboarding?: Onboarding;
}

export interface SweepResult extends FollowResult {
  readonly containers: readonly PlannedContainer[];
  readonly repositories: readonly SweptRepository[];
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
  visits: Visits = visitsOf(setup),
): Promise<SweepResult> {
  const failures: string[] = [];
  // First, since what is taken back is not proposed again.
  const followed = await followAll(setup, failures, only, visits);
  await using planned = await planAll(setup, failures, visits, followed.followed);
  const repositories: SweptRepository[] = [];
  for (const opened of planned.opened.filter((one) => isAmong(one.name, only))) {
    const { name, fault } = opened;
    const isHome = planned.work?.isHome(name) ?? true;
    const failed = (error: unknown): void => {
      failures.push(failure(setup.log, name, error));
    };
    try {
      if (fault && isHome) {
        failed(new InputError(`${meanwhile(fault)}: ${fault.said}`));
        await complain(opened.repository, opened.overview.complaint, complaint(fault));
      }
      if (!fault && isHome)
        await withdraw(
          opened.repository,
          opened.overview.complaint,
          overNow(opened.source.own !== undefined),
        );
      if (fault?.inForce.length === 0) continue;
      const result = isHome ? await prepare(setup, opened, planned.plan) : undefined;
      if (result) repositories.push({ repository: name, ...result });
      else if (opened.source.own || !setup.config.onboarding)
        repositories.push({
          repository: name,
          ...(await bringUpToDate(setup, opened, planned.plan, giveBack, failed)),
        });
    } catch (error) {
      failed(error);
    }
  }
  // What is wrong with a repository is met by more than one step.
  return { containers: planned.plan.containers, repositories, ...followed, failures: [...new Set(failures)] };
}

/** Looks only at what became of merged pull requests. */
export async function followAll(
  setup: SweepSetup,
  failures: string[],
  only?: readonly string[],
  visits: Visits<Merges> = mergeVisitsOf(setup),
): Promise<FollowResult> {
  const failed = (what: string, error: unknown): void => {
    failures.push(failure(setup.log, what, error));
  };
  const isMine = (name: string): boolean => !setup.shard || isInShard(wholeUnit(name), setup.shard);
  return await followMerged(setup, visits, failed, (name) => isAmong(name, only) && isMine(name));
}

/** What a sweep would propose now; writes nothing. */
export async function planSweep(setup: SweepSetup): Promise<Plan> {
  await using planned = await planAll(setup, [], visitsOf(setup));
  return planned.plan;
}

/** What is once for a repository; gives all that is done where it is not configured yet. */
async function prepare(
  { config }: SweepSetup,
  { repository, snapshot, source, overview, pulls }: OpenedRepository,
  plan: Plan,
): Promise<Omit<SweptRepository, "repository"> | undefined> {
  await finishOpening(repository, pulls);
  if (!source.own && config.onboarding) {
    const offered = onboardingPull(source, plan, methodOf(config.policy));
    const onboarding = await onboard(repository, snapshot, { pulls, earlier: overview.onboarding }, offered);
    return { published: [], waiting: [], held: [], closed: [], merged: [], ticked: [], onboarding };
  }
  if (source.own) await endOnboarding(repository, pulls);
  return undefined;
}

/** One process after the other, where they share a store, since the limits are for all of them, and what others opened meanwhile counts. */
async function bringUpToDate(
  setup: SweepSetup,
  opened: OpenedRepository,
  plan: Plan,
  giveBack: ReadonlySet<number>,
  failed: Failed,
): Promise<Omit<SweptRepository, "repository">> {
  const { config, shard } = setup;
  const alone = !shard || shard.of === 1;
  if (alone && !hasSharedStore(config)) return await publishAll(setup, opened, plan, giveBack, failed);
  const work = async (): Promise<Omit<SweptRepository, "repository">> => {
    const pulls = await openPulls(opened.repository);
    return await publishAll(setup, { ...opened, pulls }, plan, giveBack, failed);
  };
  if (alone) return await inTurn(setup, opened.name, work);
  return await withLock(sharedStore(config), opened.name, work);
}

/** Called with what went wrong where all else goes on, so that what was done is known. */
type Failed = (error: unknown) => void;

async function publishAll(
  setup: SweepSetup,
  opened: OpenedRepository,
  plan: Plan,
  giveBack: ReadonlySet<number>,
  failed: Failed,
): Promise<Omit<SweptRepository, "repository">> {
  const { config, now } = setup;
  const { name, repository, snapshot, source } = opened;
  const { ended, mergedBefore, dashboard: seen } = opened.overview;
  const pulls = opened.pulls.filter((pull) => !isOnboarding(pull));
  const proposals = plan.proposals.filter((proposal) => proposal.repository === name);
  const nowMs = now();
  const dashboard = config.dashboard ? await readDashboard(repository, seen) : undefined;
  const ticked = dashboard ? await judgeTicks(setup, repository, dashboard) : [];
  const result = await publish(repository, snapshot, proposals, {
    pulls,
    ended,
    asked: obeyed(ticked),
    giveBack,
    grouping: source.own?.groupBy ?? config.pullRequests.groupBy,
    limits: config.pullRequests.limits,
    mayOpen: mayOpenAt(config, nowMs),
    nowMs,
    settled: (marker) => whySettled(marker, plan.containers),
  });
  if (config.dashboard) {
    const mine = plan.containers.filter(({ source: { at } }) => at?.repository === name);
    await writeDashboard(repository, dashboard ?? seen, renderDashboard(dashboardOf(result, mine))).catch(
      failed,
    );
  } else await closeDashboard(repository, seen).catch(failed);
  if (!mayMergeAt(config, nowMs)) return { ...result, ticked, merged: [] };
  const { merged, refused, faults } = await mergeDue(repository, {
    pulls,
    published: result.published,
    mergedBefore,
    nowMs,
    atAnyTime: config.pullRequests.merge.when === undefined,
    soakSeconds: parseDuration(config.pullRequests.merge.soak) ?? 0,
    largestDecreasePercent: config.pullRequests.merge.largestDecreasePercent,
  });
  faults.forEach(failed);
  for (const one of refused) await sayRefused(repository, one).catch(failed);
  return { ...result, ticked, merged };
}

function isAmong(name: string, only: readonly string[] | undefined): boolean {
  return only?.some((wanted) => wanted.toLowerCase() === name.toLowerCase()) ?? true;
}
