import { judgePull } from "../../checks/verdict.ts";
import { amountOf, changedFields } from "../../domain/resources.ts";
import { changedFiles } from "../../github/changed-files.ts";
import { type LineNote, reportCheck } from "../../github/checks.ts";
import { openPulls, type OpenPull } from "../../github/pulls.ts";
import { type InstalledRepository, installedRepository } from "../../github/repository.ts";
import { takeSnapshot } from "../../github/snapshot.ts";
import { expand, stillKnown } from "../../gitops/expand.ts";
import type { SettledChange } from "../../gitops/plan-edits.ts";
import { proveChanges, type Verdict } from "../../gitops/prove.ts";
import { placeOf, refOf } from "../../gitops/scan.ts";
import { type RepositoryScan, scanRepository } from "../../gitops/scan-repository.ts";
import { Sources } from "../../gitops/sources.ts";
import { containerKey, renderedContainers } from "../../gitops/trace/containers.ts";
import { Positions } from "../../gitops/trace/position.ts";
import { overlay } from "../../gitops/tree.ts";
import { isOwnAddress } from "../../domain/repository-identity.ts";
import type { SweepSetup } from "../setup.ts";

interface Base {
  readonly branch: string;
  readonly commit: string;
  readonly scan: RepositoryScan;
}

/**
 * Proves pull requests of Loadline's anew on today's base, and says in a check run of each whether it still holds.
 * What can't be judged is logged; the others are.
 */
export async function checkPulls(
  { app, baseUrl, renderer, kept, log }: SweepSetup,
  name: string,
  numbers: ReadonlySet<number>,
): Promise<void> {
  const repository = await installedRepository(app, baseUrl, name);
  const pulls = (await openPulls(repository)).filter(({ number }) => numbers.has(number));
  if (pulls.length === 0) return;
  await using snapshot = await takeSnapshot(repository);
  const isOwn = isOwnAddress([repository.cloneUrl]);
  const scan = await scanRepository(name, snapshot.tree, { renderer, ...(kept ? { kept } : {}), isOwn });
  for (const pull of pulls)
    try {
      await checkPull(repository, pull, { ...snapshot, scan });
    } catch (error) {
      log.error({ err: error, repository: name, number: pull.number }, "a pull request could not be checked");
    }
}

async function checkPull(repository: InstalledRepository, pull: OpenPull, base: Base): Promise<void> {
  const { texts, gone, moved, cut } = await changedFiles(repository, base.commit, pull.head);
  const { settled, refused } = pull.marker?.reverts
    ? await proveBackwards(base.scan, texts)
    : await prove(base.scan, texts);
  const verdict = judgePull({
    base: base.branch,
    marker: pull.marker,
    moved,
    gone,
    cut,
    changes: settled.map(({ change }) => ({ ...change, why: refused.get(change) })),
  });
  const annotations = await notes(base.scan, texts, await rendered(base.scan, texts));
  await reportCheck(repository, pull, { ...verdict, annotations });
}

interface Proved extends Pick<Verdict, "refused"> {
  readonly settled: readonly SettledChange[];
}

async function prove(scan: RepositoryScan, texts: ReadonlyMap<string, string>): Promise<Proved> {
  const settled = await rendered(scan, texts);
  const files = [...texts].map(([path, after]) => ({ path, after }));
  const { refused } = await proveChanges(scan, files, settled);
  return { settled, refused };
}

/** What takes a proposal back may take numbers away, which is proven as the setting of them from there to here. */
async function proveBackwards(base: RepositoryScan, texts: ReadonlyMap<string, string>): Promise<Proved> {
  const { repository, tree, sources, options } = base;
  const before = new Map<string, string>();
  for (const file of texts.keys()) {
    const source = sources.has(file) ? await sources.text(file) : undefined;
    if (source && "text" in source) before.set(file, source.text);
  }
  return await prove(await scanRepository(repository, overlay(tree, texts), options), before);
}

/** The containers whose numbers are rendered otherwise with these files, and what they become. */
async function rendered(scan: RepositoryScan, texts: ReadonlyMap<string, string>): Promise<SettledChange[]> {
  const before = new Map(scan.expanded.map((one) => [one.recipe.id, one]));
  const edited = new Set(texts.keys());
  const { expanded } = await expand(scan.sources.with(texts), {
    ...scan.options,
    known: ({ id }) => stillKnown(before.get(id), edited),
  });
  const now = new Map(expanded.flatMap(renderedContainers).map((found) => [containerKey(found), found]));
  return [...scan.rendered].flatMap(([at, found]): SettledChange[] => {
    const wanted = now.get(containerKey(found))?.container.resources;
    if (!wanted || changedFields(at.current, wanted).length === 0) return [];
    return [{ change: { at, wanted }, wanted, fields: at.fields }];
  });
}

/** What each changed line says now, and of whom. */
async function notes(
  scan: RepositoryScan,
  texts: ReadonlyMap<string, string>,
  settled: readonly SettledChange[],
): Promise<LineNote[]> {
  const positions = new Positions(await Sources.of(overlay(scan.tree, texts)));
  const byLine = new Map<string, LineNote>();
  for (const { change, wanted } of settled)
    for (const resource of changedFields(change.at.current, wanted)) {
      const place = placeOf(change.at, resource);
      if (!place || !texts.has(place.file)) continue;
      const { line } = await positions.of(place);
      const { workload, container } = refOf(change.at);
      const said = `${workload} ${container}: ${resource} ${amountOf(change.at.current, resource) ?? "not set"} → ${amountOf(wanted, resource) ?? "not set"}`;
      const key = JSON.stringify([place.file, line]);
      const known = byLine.get(key);
      byLine.set(key, {
        file: place.file,
        line,
        message: known ? `${known.message}\n${said}` : said,
      });
    }
  return [...byLine.values()];
}
