import { judgeChange } from "../../checks/change-verdict.ts";
import { type Finding, LEVELS } from "../../checks/finding.ts";
import { findingsOf } from "../../checks/findings.ts";
import { type ContainerPair, pairContainers } from "../../checks/pair.ts";
import type { MeasuredUse } from "../../checks/usage-findings.ts";
import { checksOfOthers } from "../../config/checks.ts";
import { isOwnAddress } from "../../domain/repository-identity.ts";
import { forkOf } from "../../github/changed-files.ts";
import { type LineNote, reportCheck } from "../../github/checks.ts";
import { type InstalledRepository, installedRepository } from "../../github/repository.ts";
import { takeTrees } from "../../github/snapshot.ts";
import type { RepositoryScan } from "../../gitops/scan-repository.ts";
import type { Tree } from "../../gitops/tree.ts";
import { githubPresets } from "../own-file/github-presets.ts";
import { most, measuredUse } from "./measured-use.ts";
import { openCluster } from "../open/open-cluster.ts";
import { openRenderer } from "../open/open-renderer.ts";
import { openStore } from "../open/open-store.ts";
import { ownFileOf } from "../own-file/own-file.ts";
import { windowEnding } from "../policy.ts";
import { repositoryGlobs } from "../own-file/repository-globs.ts";
import { scanSource } from "../locate/source.ts";
import type { SweepSetup } from "../setup.ts";

/**
 * Says in a check run of each of these pull requests, which others opened, what they change of rendered requests
 * and limits, and what use says of the new ones; nothing where none changes. What can't be judged is logged; the
 * others are.
 */
export async function checkOthers(
  setup: SweepSetup,
  name: string,
  numbers: ReadonlySet<number>,
): Promise<void> {
  const repository = await installedRepository(setup.app, setup.baseUrl, name);
  for (const number of numbers)
    try {
      await checkOther(setup, name, repository, number);
    } catch (error) {
      setup.log.error({ err: error, repository: name, number }, "a pull request could not be checked");
    }
}

async function checkOther(
  setup: SweepSetup,
  name: string,
  repository: InstalledRepository,
  number: number,
): Promise<void> {
  const { client, owner, name: repo } = repository;
  const { data: pull } = await client.rest.pulls.get({ owner, repo, pull_number: number });
  if (pull.state !== "open") return;
  const { sha: head, repo: from } = pull.head;
  const fork = await forkOf(repository, pull.base.sha, head);
  await using trees = await takeTrees(repository, fork, head);
  const base = { tree: trees.before, commit: fork };
  const { own, fault } = await ownFileOf(repository, base, setup.config, githubPresets(setup));
  const failOn = checksOfOthers(setup.config, own);
  // What can't be read may say that nobody wants this.
  if (failOn === undefined || (fault && !own)) return;
  const scanOf = await scanner(setup, name, repository, from?.full_name !== pull.base.repo.full_name);
  const [before, after] = [await scanOf(trees.before), await scanOf(trees.after)];
  const pairs = pairContainers(before.containers, after.containers);
  const { used, unmeasured } = await useOf(setup, name, pairs, after);
  const findings = findingsOf(before, after, pairs, used);
  if (findings.length === 0) return;
  await reportCheck(
    repository,
    { number, head },
    { ...judgeChange(findings, { failOn, unmeasured }), annotations: notesOf(findings) },
  );
}

/** What a stranger's branch names is not fetched from the network: anybody may open a pull request from a fork. */
async function scanner(
  { config, renderer, kept, log }: SweepSetup,
  name: string,
  { cloneUrl }: InstalledRepository,
  foreign: boolean,
): Promise<(tree: Tree) => Promise<RepositoryScan>> {
  const isOwn = isOwnAddress([cloneUrl]);
  const counts = repositoryGlobs(config, name);
  const own = foreign && config.network ? await openRenderer() : renderer;
  return async (tree) =>
    await scanSource({ name, tree, isOwn, counts }, { renderer: own, kept }, (step) => log.debug(step));
}

interface Used {
  readonly used: ReadonlyMap<ContainerPair, MeasuredUse>;
  readonly unmeasured: readonly string[];
}

/** Over all clusters that the repository speaks for; one that can't be read is left out, and named. */
async function useOf(
  { config, folder, log, now, inventories }: SweepSetup,
  name: string,
  pairs: readonly ContainerPair[],
  after: RepositoryScan,
): Promise<Used> {
  if (pairs.length === 0) return { used: new Map(), unmeasured: [] };
  const window = windowEnding(now(), config.policy.window);
  await using store = await openStore(config.store, folder, (warning) => log.warn(warning));
  const named = config.repositories.find((one) => one.name.toLowerCase() === name.toLowerCase())?.clusters;
  const read: Map<ContainerPair, MeasuredUse>[] = [];
  const unmeasured: string[] = [];
  for (const cluster of config.clusters.filter((one) => named?.includes(one.name) ?? true)) {
    const warn = (warning: string): void => log.warn({ cluster: cluster.name }, warning);
    try {
      const inventory = inventories?.get(cluster.name);
      await using sources = await openCluster(cluster, { folder, window, store, warn, inventory });
      read.push(await measuredUse(sources, window, pairs, after, warn));
    } catch (error) {
      log.error({ err: error, cluster: cluster.name }, "use could not be read");
      unmeasured.push(`the cluster ${cluster.name} could not be read.`);
    }
  }
  return { used: most(read), unmeasured };
}

const LOUDNESS = { note: "notice", warning: "warning", error: "failure" } as const;
/** GitHub takes 64 KiB for a note; one line of a chart may feed hundreds of containers. */
const SENTENCES_A_LINE = 20;

/** One note a line, as loud as the loudest thing that is said of it. */
function notesOf(findings: readonly Finding[]): LineNote[] {
  const placed = findings.flatMap(({ file, line = 1, level, message }) =>
    file === undefined ? [] : [{ file, line, level, message }],
  );
  const byLine = Map.groupBy(placed, ({ file, line }) => JSON.stringify([file, line]));
  return [...byLine.values()].flatMap((said) => {
    const sorted = LEVELS.flatMap((level) => said.filter((one) => one.level === level));
    const [first] = sorted;
    if (!first) return [];
    const more = sorted.length - SENTENCES_A_LINE;
    const sentences = sorted.slice(0, SENTENCES_A_LINE).map(({ message }) => message);
    return [
      {
        file: first.file,
        line: first.line,
        level: LOUDNESS[first.level],
        message: [...sentences, ...(more > 0 ? [`and ${more} more`] : [])].join("\n"),
      },
    ];
  });
}
