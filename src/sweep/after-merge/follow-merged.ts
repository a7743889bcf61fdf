import type { Policy } from "../../advice/policy.ts";
import { policyFor } from "../../advice/policy-for.ts";
import type { RepositoryFile } from "../../config/repository-file.ts";
import { repositoryIdentity } from "../../domain/repository-identity.ts";
import { cameOf } from "../../followup/arrival.ts";
import type { DeliveriesOf } from "../../followup/delivery-chain.ts";
import { followComment } from "../../followup/comment.ts";
import { begin, follow } from "../../followup/follow.ts";
import type { Followed } from "../../followup/moment.ts";
import { type FollowState, readState } from "../../followup/state.ts";
import { type Target, targetKey, targetsOf } from "../../followup/target.ts";
import { ownComments, type StickyComment, writeComment } from "../../github/follow-comment.ts";
import { holdsCommit } from "../../github/holds-commit.ts";
import { endFollowing, type ListedPull, mergeOf } from "../../github/merged-pulls.ts";
import type { Merges } from "../../github/overview.ts";
import type { InstalledRepository } from "../../github/repository.ts";
import type { Marker } from "../../proposals/marker.ts";
import { readDeliveries } from "../locate/cluster-deliveries.ts";
import { type ClusterView, openView } from "./cluster-view.ts";
import { githubPresets } from "../own-file/github-presets.ts";
import { type Looked, lookAfter, type LookTerms } from "./look-after.ts";
import { ownFileNow } from "../own-file/own-file.ts";
import { policiesWithOwn } from "../own-file/own-rules.ts";
import type { SweepSetup } from "../setup.ts";
import type { Visits } from "../visits.ts";
import { mergeRevert, revertWhatHurts } from "./revert-worse.ts";

/** What was merged before Loadline followed anything is left alone. */
const BEGIN_WITHIN_MS = 2 * 86_400_000;

/** What came of looking at merged pull requests. */
export interface FollowResult {
  /** Merged pull requests that were looked at. */
  readonly followed: readonly Followed[];
  /** Those that take another back, and were merged without a person. */
  readonly revertsMerged: readonly MergedRevert[];
}

export interface MergedRevert {
  readonly repository: string;
  readonly number: number;
  readonly marker: Marker;
}

/**
 * Looks once at every merged pull request that is not followed to its end yet: writes into its comment how far it
 * is, and takes back what made things worse. Where there is none, nothing is asked but what is there.
 */
export async function followMerged(
  setup: SweepSetup,
  visits: Visits<Merges>,
  failed: (what: string, error: unknown) => void,
  only?: (name: string) => boolean,
): Promise<FollowResult> {
  await using views = new Views(setup);
  const followed: Followed[] = [];
  const revertsMerged: MergedRevert[] = [];
  for (const { name } of setup.config.repositories.filter((one) => only?.(one.name) ?? true))
    try {
      const { repository, overview, changed } = await visits(name);
      const listed = await overview();
      const merged = listed.merged.filter(({ marker }) => marker.workloads.length > 0);
      const reverts = listed.reverts.filter(({ open, marker }) => open && marker.reverts?.worse);
      if (merged.length + reverts.length === 0) continue;
      changed();
      const own = await ownFileNow(repository, setup.config, githubPresets(setup));
      const follower = new Follower(setup, name, repository, own, views);
      for (const pull of merged) {
        const one = await follower
          .follow(pull)
          .catch((error: unknown) => failed(`${name}#${pull.number}`, error));
        if (one) followed.push(one);
      }
      for (const pull of reverts) {
        const policyOf = async (target: Target): Promise<Policy | undefined> =>
          await follower.policyNow(target);
        const merged = await mergeRevert(setup, repository, pull, policyOf).catch((error: unknown) =>
          failed(`${name}#${pull.number}`, error),
        );
        if (merged) revertsMerged.push({ repository: name, number: pull.number, marker: pull.marker });
      }
    } catch (error) {
      failed(name, error);
    }
  return { followed, revertsMerged };
}

/** Follows the merges of one repository. */
class Follower {
  readonly #setup: SweepSetup;
  readonly #name: string;
  readonly #repository: InstalledRepository;
  readonly #views: Views;
  readonly #policyOf: LookTerms["policyOf"];

  constructor(
    setup: SweepSetup,
    name: string,
    repository: InstalledRepository,
    own: RepositoryFile | undefined,
    views: Views,
  ) {
    this.#setup = setup;
    this.#name = name;
    this.#repository = repository;
    this.#views = views;
    const policiesFor = policiesWithOwn(setup.config);
    this.#policyOf = ({ cluster }, workload) =>
      policyFor(workload, cluster, policiesFor(own, cluster, workload)).policy;
  }

  async follow(pull: ListedPull): Promise<Followed | undefined> {
    const nowMs = this.#setup.now();
    const comments = await ownComments(this.#repository, pull);
    const comment = comments.find(({ body }) => readState(body) !== undefined);
    const known = comment && readState(comment.body);
    const targets = targetsOf(pull.marker);
    const before = known ?? (await this.#begin(pull, targets, nowMs));
    if (!before) return undefined;
    const looked = await this.#look(targets, before, nowMs);
    const next = follow(before, seenOf(looked, nowMs));
    const after = next.verdict === "worse" && !before.verdict ? await this.#worse(pull, next, looked) : next;
    await this.#tell(pull, comment, after);
    const { number, marker } = pull;
    return { repository: this.#name, number, marker, before: known, after };
  }

  /** The policy of a target as its workload is now. */
  async policyNow(target: Target): Promise<Policy | undefined> {
    const view = await this.#views.of(target.cluster);
    const found = await view?.live.look([target.workload]);
    const [live] = found ? [...found.values()] : [];
    return live?.status === "there" ? this.#policyOf(target, live.workload) : undefined;
  }

  async #begin(
    pull: ListedPull,
    targets: readonly Target[],
    nowMs: number,
  ): Promise<FollowState | undefined> {
    const mergedMs = pull.mergedMs ?? nowMs;
    if (nowMs - mergedMs > BEGIN_WITHIN_MS) {
      await endFollowing(this.#repository, pull);
      return undefined;
    }
    const merge = await mergeOf(this.#repository, pull.number);
    return merge && begin({ commit: merge.commit, mergedMs, targets });
  }

  async #look(targets: readonly Target[], state: FollowState, nowMs: number): Promise<Looked[]> {
    const terms: LookTerms = {
      repository: repositoryIdentity(this.#repository.cloneUrl),
      deliveriesOf: await this.#views.deliveries(),
      holds: async (revision) => await this.#views.holds(this.#repository, revision, state.commit),
      policyOf: this.#policyOf,
      nowMs,
    };
    const looked: Looked[] = [];
    for (const [cluster, own] of Map.groupBy(targets, (target) => target.cluster)) {
      const view = await this.#views.of(cluster);
      const followed = own.filter((target) => !state.targets[targetKey(target)]?.left);
      if (view && followed.length > 0) looked.push(...(await lookAfter(view, followed, state, terms)));
    }
    return looked;
  }

  async #worse(pull: ListedPull, state: FollowState, looked: readonly Looked[]): Promise<FollowState> {
    const hurt = looked.filter(({ findings }) => findings.length > 0);
    if (pull.marker.reverts || !hurt.every(({ policy }) => policy.afterMerge.revert)) return state;
    const number = await revertWhatHurts(this.#setup, this.#repository, pull, hurt);
    return number === undefined ? state : { ...state, revert: number };
  }

  async #tell(pull: ListedPull, comment: StickyComment | undefined, state: FollowState): Promise<void> {
    await writeComment(this.#repository, pull.number, comment, followComment(state));
    if (state.verdict) await endFollowing(this.#repository, pull, cameOf(state));
  }
}

function seenOf(looked: readonly Looked[], nowMs: number): Parameters<typeof follow>[1] {
  const by = <T>(value: (one: Looked) => T): Map<string, T> =>
    new Map(looked.map((one) => [targetKey(one.target), value(one)]));
  return {
    sights: by(({ sight }) => sight),
    unread: [...new Set(looked.flatMap(({ unread }) => unread))],
    worse: by(({ findings }) => findings.map(({ sentence }) => sentence)),
    terms: by(({ policy }) => policy.afterMerge),
    nowMs,
  };
}

/** Clusters, opened when they are first asked for, and what GitHub said of revisions. */
class Views implements AsyncDisposable {
  readonly #setup: SweepSetup;
  readonly #stack = new AsyncDisposableStack();
  readonly #views = new Map<string, Promise<ClusterView>>();
  readonly #held = new Map<string, Promise<boolean>>();
  #deliveries: Promise<DeliveriesOf> | undefined;

  constructor(setup: SweepSetup) {
    this.#setup = setup;
  }

  /** `undefined` where the configuration has no such cluster any more. */
  async of(name: string): Promise<ClusterView | undefined> {
    const cluster = this.#setup.config.clusters.find((one) => one.name === name);
    if (!cluster) return undefined;
    const view =
      this.#views.get(name) ?? openView(cluster, this.#setup).then((open) => this.#stack.use(open));
    this.#views.set(name, view);
    return await view;
  }

  /** What GitOps tools say in all clusters, read once. */
  async deliveries(): Promise<DeliveriesOf> {
    const { config, folder, now, log } = this.#setup;
    const warn = (cluster: string, warning: string): void => log.warn({ cluster }, warning);
    return await (this.#deliveries ??= readDeliveries(config.clusters, { folder, now, warn }));
  }

  async holds(repository: InstalledRepository, revision: string, commit: string): Promise<boolean> {
    const key = `${repository.cloneUrl} ${revision} ${commit}`;
    const held = this.#held.get(key) ?? holdsCommit(repository, revision, commit);
    this.#held.set(key, held);
    return await held;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
