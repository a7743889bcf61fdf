import type { RepositoryFile } from "../../config/repository-file.ts";
import type { ClusterDeliveries } from "../../gitops/live/delivery-index.ts";
import type { Lessons, UnderWatch } from "../../followup/lessons.ts";
import { Locator } from "../../gitops/locate.ts";
import type { RenderStore } from "../../gitops/render-store.ts";
import type { Renderer } from "../../gitops/render/renderer.ts";
import { type RepositoryScan, scanRepository } from "../../gitops/scan-repository.ts";
import { anyPlace } from "../../gitops/scan.ts";
import type { CommitTree, Tree } from "../../gitops/tree.ts";
import type { Split } from "../../proposals/groups.ts";

/** A repository that may be changed, and for which clusters it speaks. */
export interface RepositorySource {
  readonly name: string;
  readonly tree: Tree;
  /** Clusters that run what it declares; all where undefined. */
  readonly clusters?: readonly string[];
  /** What `tree` holds: a branch, into which pull requests go, at a commit; unknown of a plain folder. */
  readonly branch?: string | undefined;
  readonly commit?: string | undefined;
  /** Another commit of it; `undefined` where it can't be had. */
  readonly treeAt?: ((commit: string) => Promise<CommitTree | undefined>) | undefined;
  /** Whether workloads of a source count: its folder, the file of an Application, or a plain manifest. */
  readonly counts: (path: string) => boolean;
  /** Whether an address in an Application or a GitRepository is this repository. */
  readonly isOwn: (repoUrl: string) => boolean;
  /** Open pull requests that were split off. */
  readonly splits?: readonly Split[];
  /** What it says of its own workloads. */
  readonly own?: RepositoryFile | undefined;
  /** What was learned from its merges that were taken back. */
  readonly lessons?: Lessons;
  readonly underWatch?: UnderWatch;
  /** Where it was scanned already: what counts of it. */
  readonly scan?: RepositoryScan;
}

/** Scans a repository, and keeps what counts of it. */
export async function scanSource(
  { name, tree, isOwn, counts }: RepositorySource,
  { renderer, kept }: { readonly renderer: Renderer; readonly kept?: RenderStore | undefined },
  progress: (step: string) => void,
): Promise<RepositoryScan> {
  progress(`${name}: reading manifests`);
  const scan = await scanRepository(name, tree, { renderer, ...(kept ? { kept } : {}), isOwn });
  return {
    ...scan,
    containers: scan.containers.filter(
      (at) => counts(at.recipe.path) || (at.recipe.kind === "plain" && counts(anyPlace(at)?.file ?? "")),
    ),
  };
}

/** What GitOps tools say that concerns a cluster; `undefined` where nothing is known of them. */
export type DeliveriesOf = (cluster: string) => ClusterDeliveries | undefined;

/** For each cluster what says where its containers are written, made once. */
export function locators(
  scans: ReadonlyMap<RepositorySource, RepositoryScan>,
  deliveriesOf: DeliveriesOf,
): (cluster: string) => Locator {
  const made = new Map<string, Locator>();
  return (cluster) => {
    const known = made.get(cluster);
    if (known) return known;
    const speaking = [...scans].filter(([{ clusters }]) => clusters?.includes(cluster) ?? true);
    const repositories = speaking.map(([{ branch, commit }, scan]) => ({ scan, branch, commit }));
    const locator = new Locator(repositories, deliveriesOf(cluster));
    made.set(cluster, locator);
    return locator;
  };
}
