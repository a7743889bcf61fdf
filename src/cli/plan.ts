import { realpath, writeFile } from "node:fs/promises";
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadConfig } from "../config/load.ts";
import { type ClusterConfig, type Config, configSchema } from "../config/schema.ts";
import { parseDuration } from "../domain/duration.ts";
import { describeReason } from "../domain/reason.ts";
import { InputError } from "../domain/input-error.ts";
import { directoryTree, remotesOf } from "../gitops/directory-tree.ts";
import { formatPlan, PLAN_FORMATS, type PlanFormat } from "../report/formats.ts";
import { type PlanReport, reportContainer, reportProposal } from "../report/plan-report.ts";
import { adviseCluster, type ClusterSources } from "../sweep/advise-cluster.ts";
import { type Plan, planChanges, type RepositorySource } from "../sweep/plan.ts";
import { methodOf, policyOf, windowEnding } from "../sweep/policy.ts";
import { isOwnAddress } from "../sweep/own-repository.ts";
import { openRenderer, openRenderStore } from "../sweep/open-renderer.ts";
import { openCluster } from "../sweep/open-cluster.ts";
import { repositoryGlobs } from "../sweep/repository-globs.ts";
import { terminalProgress } from "./progress.ts";
import { writeFiles } from "./write-files.ts";

/** Exit code of `--check` where something would change. */
const DRIFT_FOUND = 3;

interface PlanOptions {
  readonly repo: readonly string[];
  readonly prometheus?: string;
  readonly metricsFile?: string;
  readonly header?: readonly (readonly [string, string])[];
  readonly username?: string;
  readonly passwordFile?: string;
  readonly bearerTokenFile?: string;
  readonly caFile?: string;
  readonly inventory?: "kubernetes" | "metrics";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly allowExec?: boolean;
  readonly window?: string;
  readonly percentile?: number;
  readonly namespace?: readonly string[];
  readonly selector?: readonly (readonly [string, string])[];
  readonly config?: string;
  readonly cluster?: string;
  readonly format: PlanFormat;
  readonly output?: string;
  readonly network?: boolean;
  readonly write?: boolean;
  readonly check?: boolean;
}

export function planCommand(): Command {
  return new Command("plan")
    .summary("find out what every container should ask for, and the lines that say so")
    .description(
      "Reads the workloads of a cluster and what they used, finds the lines of a repository that set their\nrequests and limits, and prints what to change. Changes nothing unless --write is given.",
    )
    .requiredOption(
      "--repo <dir>",
      "folder of a repository with manifests; several times for several",
      collect,
      [],
    )
    .option("--prometheus <url>", "where usage is read")
    .option("--metrics-file <file>", "read usage from a recording (OpenMetrics text, also gzip) instead")
    .addOption(
      new Option("--inventory <source>", "where workloads are read").choices(["kubernetes", "metrics"]),
    )
    .option("--kubeconfig <file>", "for --inventory kubernetes (default: as kubectl)")
    .option("--context <name>", "context of the kubeconfig")
    .option("--allow-exec", "run the credential plugin that the kubeconfig names")
    .option("--window <duration>", "how far back usage is read (default: 14d)", duration)
    .option("--percentile <number>", "of all samples, the share below the request (default: 95)", percentile)
    .option("--namespace <names...>", "only these namespaces")
    .option("--selector <label=value...>", "only workloads with these labels", keyValue("="))
    .option("--config <file>", "clusters and policy from a configuration file; flags win over it")
    .option("--cluster <name>", "which cluster of the configuration file")
    .option("--header <name: value...>", "sent to Prometheus, such as 'X-Scope-OrgID: team-a'", keyValue(":"))
    .option("--username <name>", "basic authentication at Prometheus")
    .option("--password-file <file>", "file that holds its password")
    .option("--bearer-token-file <file>", "file that holds a bearer token for Prometheus")
    .option("--ca-file <file>", "PEM file of the authority behind Prometheus's certificate")
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
  const config = await configuration(options);
  const cluster = chosenCluster(config, options.cluster);
  const warnings: string[] = [];
  const progress = terminalProgress();
  try {
    const window = windowEnding(Date.now(), config.policy.window);
    const folder = options.config === undefined ? process.cwd() : path.dirname(path.resolve(options.config));
    const sources = await openCluster(cluster, folder, window, (warning) => warnings.push(warning));
    const repositories = await openRepositories(options.repo, config);
    const policy = policyOf(config.policy);
    const renderer = await openRenderer({ network: options.network ?? config.network });
    const advised = await adviseCluster(sources, window, policy, progress.step);
    const planned = await planChanges(
      advised.containers,
      repositories,
      { policy, method: methodOf(config.policy), renderer, kept: await openRenderStore() },
      progress.step,
    );
    const report: PlanReport = {
      version: 1,
      cluster: cluster.name,
      window: { start: new Date(window.startMs).toISOString(), end: new Date(window.endMs).toISOString() },
      containers: planned.containers.map(reportContainer),
      proposals: planned.proposals.map(reportProposal),
      warnings: [...warnings, ...advised.warnings, ...unrendered(planned)],
      stats: statistics(sources, planned, started),
    };
    progress.done();
    await print(report, options);
    if (options.write)
      for (const { folder: root, name } of repositories) await writeFiles(root, filesOf(planned, name));
    return options.check && planned.proposals.length > 0 ? DRIFT_FOUND : 0;
  } finally {
    progress.done();
  }
}

/** The configuration file, or the defaults, with the flags over it. */
async function configuration(options: PlanOptions): Promise<Config> {
  const fromFile = options.config === undefined ? undefined : await loadConfig(options.config);
  const named = fromFile ? chosenCluster(fromFile, options.cluster) : undefined;
  const prometheus =
    options.prometheus === undefined
      ? named?.prometheus
      : {
          url: address(options.prometheus),
          headers: Object.fromEntries(options.header ?? []),
          username: options.username,
          passwordFile: options.passwordFile,
          bearerTokenFile: options.bearerTokenFile,
          caFile: options.caFile,
        };
  const metricsFile =
    options.metricsFile ?? (options.prometheus === undefined ? named?.metricsFile : undefined);
  if (prometheus === undefined && metricsFile === undefined)
    throw new InputError(
      "where is usage measured? Give --prometheus URL, --metrics-file FILE, or --config FILE",
    );
  const cluster = {
    name: "cluster",
    ...named,
    prometheus: metricsFile === undefined ? prometheus : undefined,
    metricsFile,
    ...defined({
      inventory: options.inventory,
      kubeconfig: options.kubeconfig,
      context: options.context,
      allowExec: options.allowExec,
      namespaces: options.namespace,
      selector: options.selector && Object.fromEntries(options.selector),
    }),
  };
  const policy = {
    ...fromFile?.policy,
    ...defined({ window: options.window, percentile: options.percentile }),
  };
  return configSchema.parse({
    version: 1,
    clusters: [cluster],
    repositories: fromFile?.repositories.map((repository) => ({ ...repository, clusters: undefined })),
    policy,
  });
}

function chosenCluster({ clusters }: Config, name: string | undefined): ClusterConfig {
  const names = clusters.map((cluster) => cluster.name).join(", ");
  if (name === undefined && clusters.length > 1)
    throw new InputError(`which cluster? Give --cluster, one of: ${names}`);
  const chosen = clusters.find((cluster) => cluster.name === (name ?? cluster.name));
  if (!chosen) throw new InputError(`--cluster ${name}: the configuration has ${names}`);
  return chosen;
}

async function openRepositories(
  folders: readonly string[],
  config: Config,
): Promise<(RepositorySource & { readonly folder: string })[]> {
  return await Promise.all(
    folders.map(async (given) => {
      const tree = await directoryTree(given);
      const folder = await realpath(given);
      const name = folders.length > 1 ? given : path.basename(folder);
      return {
        name,
        folder,
        tree,
        isOwn: isOwnAddress(await remotesOf(folder)),
        counts: repositoryGlobs(config, path.basename(folder)),
      };
    }),
  );
}

async function print(report: PlanReport, { format, output }: PlanOptions): Promise<void> {
  if (output !== undefined) return await writeFile(output, formatPlan(report, format, false));
  process.stdout.write(formatPlan(report, format, process.stdout.isTTY && process.stdout.hasColors()));
}

function statistics({ metrics }: ClusterSources, { renders }: Plan, started: number): PlanReport["stats"] {
  return {
    metricsRequests: metrics.cost.requests,
    metricsBytes: metrics.cost.bytes,
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

function duration(text: string): string {
  if (parseDuration(text) === undefined)
    throw new InvalidArgumentError("Write a duration such as 24h or 14d.");
  return text;
}

function percentile(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 100)) throw new InvalidArgumentError("Write a number from 1 to 100.");
  return value;
}

function address(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InputError(`--prometheus ${text}: is no http or https address`);
  return text;
}

function keyValue(separator: string) {
  return (
    text: string,
    previous: readonly (readonly [string, string])[] = [],
  ): (readonly [string, string])[] => {
    const at = text.indexOf(separator);
    if (at < 1) throw new InvalidArgumentError(`Write name${separator}value.`);
    return [...previous, [text.slice(0, at).trim(), text.slice(at + 1).trim()]];
  };
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
