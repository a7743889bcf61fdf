import type { Reason } from "../../domain/reason.ts";
import type { Container } from "../../domain/workload.ts";
import { drift } from "../../gitops/drift.ts";
import type { Location } from "../../gitops/locate.ts";
import { resourcesAt, type ResourcesAt } from "../../gitops/live/synced-render.ts";
import type { ScannedContainer } from "../../gitops/scan.ts";
import type { RepositoryScan } from "../../gitops/scan-repository.ts";
import type { RepositorySource } from "./source.ts";

interface Compared {
  readonly container: Container;
  readonly location: Location;
}

/** More commits of one repository are not rendered: its clusters are far apart anyway. */
const MOST_COMMITS = 3;

/**
 * Where what lives is not what the newest commit says, renders the commit that the GitOps tool has synced: a sync
 * that is still to come is told apart from numbers that were set elsewhere.
 */
export async function compareSynced<One extends Compared>(
  all: readonly One[],
  scans: ReadonlyMap<RepositorySource, RepositoryScan>,
): Promise<{ compared: readonly One[]; renders: number }> {
  const drifted = all.flatMap((one) => syncedOf(one, scans));
  let renders = 0;
  const reasons = new Map<Compared, Reason>();
  for (const [source, ofSource] of Map.groupBy(drifted, (one) => one.source)) {
    const byCommit = [...Map.groupBy(ofSource, ({ synced }) => synced)];
    for (const [synced, ones] of byCommit.slice(0, MOST_COMMITS)) {
      const scan = scans.get(source);
      await using opened = await source.treeAt?.(synced);
      if (!scan || !opened) continue;
      const { resourcesOf, renders: more } = await resourcesAt(scan, opened.tree);
      renders += more;
      for (const { one, at } of ones) reasons.set(one, reasonAt(at, one.container, synced, resourcesOf));
    }
  }
  const compared = all.map((one): One => {
    const reason = reasons.get(one);
    return reason && "at" in one.location ? { ...one, location: { ...one.location, reason } } : one;
  });
  return { compared, renders };
}

interface Drifted {
  readonly one: Compared;
  readonly at: ScannedContainer;
  readonly source: RepositorySource;
  /** The commit that is synced, and not the one that was scanned. */
  readonly synced: string;
}

function syncedOf(one: Compared, scans: ReadonlyMap<RepositorySource, RepositoryScan>): Drifted[] {
  const { location } = one;
  if (!("at" in location) || location.reason?.code !== "drift") return [];
  const { at, live } = location;
  const [source, scan] = [...scans].find(([, { repository }]) => repository === at.repository) ?? [];
  if (!source?.treeAt || !scan) return [];
  const synced = live?.delivery?.sources.find(
    ({ type, address }) => type === "git" && address !== undefined && scan.options.isOwn(address),
  )?.revision;
  const isCommit = synced !== undefined && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(synced);
  return isCommit && synced !== source.commit ? [{ one, at, source, synced }] : [];
}

function reasonAt(at: ScannedContainer, live: Container, synced: string, resourcesOf: ResourcesAt): Reason {
  const commit = synced.slice(0, 10);
  const current = resourcesOf(at);
  const newest = drift(at, live);
  if (current === undefined)
    return {
      code: "drift",
      message: `the commit that is synced (${commit}) does not declare it, and of the newest ${newest?.message ?? ""}`,
    };
  const elsewhere = drift({ ...at, current }, live);
  if (elsewhere)
    return { ...elsewhere, message: `at the commit that is synced (${commit}) ${elsewhere.message}` };
  return {
    ...newest,
    code: "not-synced-yet",
    message: `what lives is what the commit that is synced says (${commit}), and a newer one is not synced yet: ${newest?.message ?? ""}`,
  };
}
