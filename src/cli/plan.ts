import path from "node:path";
import { Command, Option } from "commander";
import { describeReason } from "../domain/reason.ts";
import { formatPlan, PLAN_FORMATS, type PlanFormat } from "../report/formats.ts";
import { type PlanReport, reportContainer, reportProposal } from "../report/plan-report.ts";
import { printable } from "../report/printable.ts";
import { adviseCluster, type ClusterSources } from "../sweep/advise-cluster.ts";
import { environmentHolds } from "../sweep/environments/environments.ts";
import type { Located } from "../sweep/locate/locate-containers.ts";
import { type Plan, planChanges } from "../sweep/plan.ts";
import { methodOf, policiesOf, windowEnding } from "../sweep/policy.ts";
import { rulesOf } from "../sweep/own-file/own-rules.ts";
import { scanSource } from "../sweep/locate/source.ts";
import { openRenderer, openRenderStore } from "../sweep/open/open-renderer.ts";
import { readDeliveries } from "../sweep/locate/cluster-deliveries.ts";
import { describeMissing } from "../sweep/locate/missing-repositories.ts";
import { openCluster } from "../sweep/open/open-cluster.ts";
import { openStore } from "../sweep/open/open-store.ts";
import { unwellByUsage } from "../sweep/environments/well-since.ts";
import { type ClusterOptions, configurationOf, withClusterOptions } from "./cluster-options.ts";
import { type OpenedFolder, openFolders } from "./open-folders.ts";
import { type PresetFolders, withPresetOption } from "./preset-folders.ts";
import { terminalProgress } from "./progress.ts";
import { writeFiles } from "./write-files.ts";
import { writeOutput } from "./write-output.ts";

/** Exit code of `--check` where something would change. */
const DRIFT_FOUND = 3;

interface PlanOptions extends ClusterOptions {
  readonly repo: readonly string[];
  readonly format: PlanFormat;
  readonly output?: string;
  readonly network?: boolean;
  readonly write?: boolean;
  readonly check?: boolean;
  readonly preset: PresetFolders;
}

export function planCommand(): Command {
  const command = new Command("plan")
    .summary("find out what every container should ask for, and the lines that say so")
    .description(
      "Reads the workloads of a cluster and what they used, finds the lines of a repository that set their\nrequests and limits, and prints what to change. Changes nothing unless --write is given.",
    )
    .requiredOption(
      "--repo <dir>",
      "folder of a repository with manifests; several times for several",
      collect,
      [],
    );
  return withPresetOption(withClusterOptions(command))
    .addOption(new Option("--format <format>", "how to print").choices(PLAN_FORMATS).default("table"))
    .option("--output <file>", "print into a file")
    .option("--network", "fetch remote charts and bases by exact version (default: refuse what needs them)")
    .option("--write", "edit the files")
    .option("--check", "exit with 3 when something would change")
    .action(async (options: PlanOptions) => {
      process.exitCode = await plan(options);
    });
}

async function plan(options: PlanOptions): Promise<number> {
  const started = performance.now();
  const { config, cluster, delivering } = await configurationOf(options);
  const warnings: string[] = [];
  const warn = (warning: string): void => void warnings.push(warning);
  const progress = terminalProgress();
  progress.step("asking where usage is measured");
  try {
    const folder = options.config === undefined ? process.cwd() : path.dirname(path.resolve(options.config));
    const found = await openFolders(options, config);
    await using store = await openStore(config.store, folder, warn);
    await using sources = await openCluster(cluster, {
      folder,
      window: windowEnding(Date.now(), config.policy.window),
      store,
      warn,
      asOfFile: true,
    });
    const { window } = sources;
    const renderer = await openRenderer({ network: options.network ?? config.network });
    const rendering = { renderer, kept: await openRenderStore() };
    const repositories: OpenedFolder[] = [];
    for (const one of found)
      repositories.push({ ...one, scan: await scanSource(one, rendering, progress.step) });
    const deliveriesOf = await readDeliveries([cluster, ...delivering], {
      folder,
      now: Date.now,
      warn: (name, warning) => warn(delivering.length > 0 ? `${name}: ${warning}` : warning),
    });
    const rules = rulesOf(config, repositories, window.endMs, deliveriesOf);
    const advised = await adviseCluster(sources, window, policiesOf(config), progress.step, rules);
    const { minimumCertainty } = config.policy;
    const { groupBy } = config.pullRequests;
    // What was merged is not known here: only what is still to change in an environment keeps the next waiting.
    const turns = { merged: [], unread: [], whyUnwell: unwellByUsage, nowMs: window.endMs };
    const terms = {
      minimumCertainty,
      method: methodOf(config.policy),
      groupBy,
      holdsOf: (located: readonly Located[]) =>
        environmentHolds(located, { environments: config.environments, ...turns }),
      deliveriesOf,
      ...rendering,
    };
    const planned = await planChanges(advised.containers, repositories, terms, progress.step);
    const report: PlanReport = {
      version: 1,
      cluster: cluster.name,
      window: { start: new Date(window.startMs).toISOString(), end: new Date(window.endMs).toISOString() },
      containers: planned.containers.map(reportContainer),
      proposals: planned.proposals.map(reportProposal),
      missingRepositories: planned.missingRepositories.map((one) => ({
        ...one,
        deliveries: [...one.deliveries],
      })),
      warnings: [
        ...warnings,
        ...advised.warnings,
        ...unrendered(planned),
        ...planned.missingRepositories.map(describeMissing),
      ],
      stats: statistics(sources, planned, started),
    };
    progress.done();
    await print(report, options);
    if (options.write)
      for (const { folder: root, name } of repositories) await writeFiles(root, filesOf(planned, name));
    return options.check && planned.proposals.length > 0 ? DRIFT_FOUND : 0;
  } catch (error) {
    progress.done();
    // They may say why.
    for (const warning of warnings) process.stderr.write(`loadline: warning: ${printable(warning)}\n`);
    throw error;
  } finally {
    progress.done();
  }
}

async function print(report: PlanReport, { format, output }: PlanOptions): Promise<void> {
  if (output !== undefined) return await writeOutput("--output", output, formatPlan(report, format, false));
  process.stdout.write(formatPlan(report, format, process.stdout.isTTY && process.stdout.hasColors()));
}

function statistics({ source }: ClusterSources, { renders }: Plan, started: number): PlanReport["stats"] {
  return {
    metricsProtocol: source.protocol,
    metricsRequests: source.cost.requests,
    metricsBytes: source.cost.bytes,
    renders,
    seconds: Math.round(performance.now() - started) / 1000,
  };
}

function unrendered(plan: Plan): string[] {
  return plan.unrendered.map(describeReason);
}

function filesOf(plan: Plan, repository: string): Plan["proposals"][number]["files"] {
  const files = plan.proposals
    .filter((proposal) => proposal.repository === repository)
    .flatMap((proposal) => proposal.files);
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
