import { isOwnAddress } from "../domain/repository-identity.ts";
import type { RepositoryConfig } from "../config/schema.ts";
import { parseDuration } from "../domain/duration.ts";
import { type Grouping, USUAL_GROUPING } from "../domain/grouping.ts";
import { lessonsOf, underWatch } from "../followup/lessons.ts";
import { listedPulls } from "../github/merged-pulls.ts";
import { LABEL, REVERT_LABEL } from "../github/open-pull.ts";
import { closedPulls, openPulls, type OpenPull } from "../github/pulls.ts";
import { type InstalledRepository, installedRepository } from "../github/repository.ts";
import { type Snapshot, takeCommit, takeSnapshot } from "../github/snapshot.ts";
import type { RepositoryScan } from "../gitops/scan-repository.ts";
import type { Split } from "../proposals/groups.ts";
import { LONGEST_MS } from "./after-merge/follow-merged.ts";
import type { MergedChange } from "./environments/environment-turn.ts";
import { mergedChanges } from "./environments/merged-changes.ts";
import { ownFileOf, type OwnFault } from "./own-file/own-file.ts";
import type { PresetSource } from "./own-file/presets.ts";
import { repositoryGlobs } from "./own-file/repository-globs.ts";
import { type RepositorySource, scanSource } from "./locate/source.ts";
import type { SweepSetup } from "./setup.ts";

/** A repository at its newest commit, scanned, with what is open in it. */
export interface OpenedRepository {
  readonly name: string;
  readonly repository: InstalledRepository;
  readonly snapshot: Snapshot;
  readonly pulls: readonly OpenPull[];
  /** As long ago as environments look back. */
  readonly merged: readonly MergedChange[];
  readonly source: RepositorySource & { readonly clusters: readonly string[]; readonly scan: RepositoryScan };
  /** What is wrong with its own file. */
  readonly fault?: OwnFault;
}

/** What was taken back longer ago teaches nothing any more. */
const LESSONS_MS = 365 * 86_400_000;

/** Rejects where it can't be had or scanned; a fault of its own file is part of what is found. */
export async function openRepository(
  { config, app, baseUrl, renderer, kept, log, now }: SweepSetup,
  { name, clusters = config.clusters.map((cluster) => cluster.name) }: RepositoryConfig,
  presets: PresetSource,
): Promise<OpenedRepository> {
  const repository = await installedRepository(app, baseUrl, name);
  const pulls = await openPulls(repository);
  const lookBackMs = Math.max(...config.environments.map((one) => (parseDuration(one.for) ?? 0) * 1000));
  const closed = config.environments.length > 0 ? await closedPulls(repository, now() - lookBackMs) : [];
  await using stack = new AsyncDisposableStack();
  const snapshot = stack.use(await takeSnapshot(repository));
  const { tree } = snapshot;
  const { own, fault } = await ownFileOf(repository, snapshot, config, presets);
  const source = {
    name,
    tree,
    branch: snapshot.branch,
    commit: snapshot.commit,
    treeAt: async (commit: string) => await takeCommit(repository, commit),
    clusters,
    counts: repositoryGlobs(config, name),
    isOwn: isOwnAddress([repository.cloneUrl]),
    splits: splitsOf(pulls, own?.groupBy ?? config.pullRequests.groupBy),
    own,
    lessons: lessonsOf(await listedPulls(repository, REVERT_LABEL, now() - LESSONS_MS)),
    underWatch: underWatch(await listedPulls(repository, LABEL, now() - LONGEST_MS)),
  };
  const scan = await scanSource(source, { renderer, kept }, (step) => log.debug(step));
  stack.move();
  return {
    name,
    repository,
    snapshot,
    pulls,
    merged: mergedChanges(name, closed, pulls),
    source: { ...source, scan },
    ...(fault ? { fault } : {}),
  };
}

/** What was split off; of pull requests that were grouped otherwise nothing counts any more. */
function splitsOf(pulls: readonly OpenPull[], grouping: Grouping): Split[] {
  return pulls.flatMap(({ branch, marker }) =>
    marker?.said?.only && (marker.group ?? USUAL_GROUPING) === grouping
      ? [{ branch, only: marker.said.only }]
      : [],
  );
}
