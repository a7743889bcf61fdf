import { isOwnAddress } from "../domain/repository-identity.ts";
import type { RepositoryConfig } from "../config/schema.ts";
import { type Grouping, USUAL_GROUPING } from "../domain/grouping.ts";
import { lessonsOf, underWatch } from "../followup/lessons.ts";
import type { Overview } from "../github/overview.ts";
import type { OpenPull } from "../github/pulls.ts";
import type { InstalledRepository } from "../github/repository.ts";
import { type Snapshot, takeCommit, takeSnapshot } from "../github/snapshot.ts";
import type { RepositoryScan } from "../gitops/scan-repository.ts";
import type { Split } from "../proposals/groups.ts";
import { ownFileOf, type OwnFault } from "./own-file/own-file.ts";
import type { PresetSource } from "./own-file/presets.ts";
import { repositoryGlobs } from "./own-file/repository-globs.ts";
import { type RepositorySource, scanSource } from "./locate/source.ts";
import type { SweepSetup } from "./setup.ts";
import type { Visits } from "./visits.ts";

/** A repository at its newest commit, scanned, with what is open in it. */
export interface OpenedRepository {
  readonly name: string;
  readonly repository: InstalledRepository;
  readonly snapshot: Snapshot;
  /** As it was before the snapshot was taken. */
  readonly overview: Omit<Overview, "open">;
  readonly pulls: readonly OpenPull[];
  readonly source: RepositorySource & { readonly clusters: readonly string[]; readonly scan: RepositoryScan };
  /** What is wrong with its own file. */
  readonly fault?: OwnFault;
}

/** Rejects where it can't be had or scanned; a fault of its own file is part of what is found. */
export async function openRepository(
  { config, renderer, kept, log }: SweepSetup,
  { name, clusters = config.clusters.map((cluster) => cluster.name) }: RepositoryConfig,
  presets: PresetSource,
  visits: Visits,
): Promise<OpenedRepository> {
  const visit = await visits(name);
  const { repository } = visit;
  const { open: pulls, ...overview } = await visit.overview();
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
    lessons: lessonsOf(overview.reverts),
    underWatch: underWatch(overview.merged),
  };
  const scan = await scanSource(source, { renderer, kept }, (step) => log.debug(step));
  stack.move();
  return {
    name,
    repository,
    snapshot,
    overview,
    pulls,
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
