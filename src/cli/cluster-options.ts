import { type Command, InvalidArgumentError, Option } from "commander";
import { checkedWith, loadConfig } from "../config/load.ts";
import { METRICS_PROTOCOLS } from "../domain/metrics-protocol.ts";
import { STRATEGIES } from "../config/policy.ts";
import { type ClusterConfig, type Config, configSchema } from "../config/schema.ts";
import { parseDuration } from "../domain/duration.ts";
import { InputError } from "../domain/input-error.ts";

type Pair = readonly [string, string];

/** Which cluster, and where its usage is measured. */
export interface MeasuredOptions {
  readonly prometheus?: readonly string[];
  readonly metricsProtocol?: string;
  readonly metricsLabel?: readonly Pair[];
  readonly metricsFile?: string;
  readonly header?: readonly Pair[];
  readonly username?: string;
  readonly passwordFile?: string;
  readonly bearerTokenFile?: string;
  readonly caFile?: string;
  readonly inventory?: "kubernetes" | "metrics";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly allowExec?: boolean;
  readonly namespace?: readonly string[];
  readonly selector?: readonly Pair[];
  readonly config?: string;
  readonly cluster?: string;
}

/** … and how that becomes advice. */
export interface ClusterOptions extends MeasuredOptions {
  readonly window?: string;
  readonly strategy?: string;
  readonly profile?: string;
  readonly percentile?: number;
  readonly store?: string;
}

export function withClusterOptions(command: Command): Command {
  return withMeasuredOptions(command)
    .option("--window <duration>", "how far back usage is read (default: 14d)", duration)
    .addOption(
      new Option("--strategy <name>", "what turns usage into a number (default: adaptive)").choices(
        STRATEGIES,
      ),
    )
    .addOption(
      new Option("--profile <name>", "of adaptive (default: balanced)").choices(["balanced", "safe"]),
    )
    .option("--percentile <number>", "of --strategy percentile (default: 95)", percentile)
    .option("--store <place>", "where days that were read are kept: a folder, postgres://…, or none");
}

export function withMeasuredOptions(command: Command): Command {
  return command
    .option("--prometheus <url...>", "where usage is read; several for a highly available pair")
    .addOption(
      new Option("--metrics-protocol <way>", "how it is read (default: what the server has)").choices(
        METRICS_PROTOCOLS,
      ),
    )
    .option(
      "--metrics-label <label=value...>",
      "only series with these labels, such as cluster=prod where several share a store",
      keyValue("="),
    )
    .option("--metrics-file <file>", "read usage from a file (OpenMetrics or CSV, also gzip) instead")
    .addOption(
      new Option("--inventory <source>", "where workloads are read").choices(["kubernetes", "metrics"]),
    )
    .option("--kubeconfig <file>", "for --inventory kubernetes (default: as kubectl)")
    .option("--context <name>", "context of the kubeconfig")
    .option("--allow-exec", "run the credential plugin that the kubeconfig names")
    .option("--namespace <names...>", "only these namespaces")
    .option("--selector <label=value...>", "only workloads with these labels", keyValue("="))
    .option("--config <file>", "clusters and policy from a configuration file; flags win over it")
    .option("--cluster <name>", "which cluster of the configuration file")
    .option("--header <name: value...>", "sent to Prometheus, such as 'X-Scope-OrgID: team-a'", keyValue(":"))
    .option("--username <name>", "basic authentication at Prometheus")
    .option("--password-file <file>", "file that holds its password")
    .option("--bearer-token-file <file>", "file that holds a bearer token for Prometheus")
    .option("--ca-file <file>", "PEM file of the authority behind Prometheus's certificate");
}

export interface Configuration {
  readonly config: Config;
  /** The one that is meant. */
  readonly cluster: ClusterConfig;
  /** Others whose Argo CD may keep it, where the configuration says that one elsewhere does. */
  readonly delivering: readonly ClusterConfig[];
}

/** The configuration file, or the defaults, with the flags over it; and which of its clusters is meant. */
export async function configurationOf(options: ClusterOptions): Promise<Configuration> {
  const fromFile = options.config === undefined ? undefined : await loadConfig(options.config);
  const named = fromFile ? chosenCluster(fromFile, options.cluster) : undefined;
  const policy = {
    ...fromFile?.policy,
    ...defined({
      window: options.window,
      percentile: options.percentile,
      profile: options.profile,
      // Who names a percentile means the strategy that has one.
      strategy: options.strategy ?? (options.percentile === undefined ? undefined : "percentile"),
    }),
  };
  const config = checkedWith(configSchema, {
    ...fromFile,
    version: 1,
    clusters: [{ ...named, ...clusterOf(options, named) }],
    repositories: fromFile?.repositories.map((repository) => ({ ...repository, clusters: undefined })),
    policy,
    ...defined({ store: options.store }),
  });
  const [cluster] = config.clusters;
  if (!cluster) throw new Error("a configuration has a cluster");
  const others = fromFile?.clusters.filter(({ name }) => name !== cluster.name) ?? [];
  return { config, cluster, delivering: cluster.destinations.length > 0 ? others : [] };
}

function clusterOf(options: ClusterOptions, named: ClusterConfig | undefined): Record<string, unknown> {
  const { prometheus, metricsFile, metricsProtocol: protocol } = options;
  const labels = options.metricsLabel && Object.fromEntries(options.metricsLabel);
  const overrides = defined({ protocol, labels });
  const servers =
    prometheus === undefined
      ? named?.prometheus?.map((one) => ({ ...one, ...overrides }))
      : prometheus.map((url) => ({
          url: address(url),
          headers: Object.fromEntries(options.header ?? []),
          username: options.username,
          passwordFile: options.passwordFile,
          bearerTokenFile: options.bearerTokenFile,
          caFile: options.caFile,
          ...overrides,
        }));
  const file = metricsFile ?? (prometheus === undefined ? named?.metricsFile : undefined);
  const given = [prometheus, metricsFile].some((one) => one !== undefined);
  const provider = given ? undefined : named?.provider;
  if (servers === undefined && file === undefined && provider === undefined)
    throw new InputError(
      "where is usage measured? Give --prometheus URL, --metrics-file FILE, or --config FILE",
    );
  return {
    name: named?.name ?? "cluster",
    prometheus: file === undefined && provider === undefined ? servers : undefined,
    metricsFile: file,
    provider,
    options: provider === undefined ? undefined : named?.options,
    ...defined({
      inventory: options.inventory,
      kubeconfig: options.kubeconfig,
      context: options.context,
      allowExec: options.allowExec,
      namespaces: options.namespace,
      selector: options.selector && Object.fromEntries(options.selector),
    }),
  };
}

function chosenCluster({ clusters }: Config, name: string | undefined): ClusterConfig {
  const names = clusters.map((cluster) => cluster.name).join(", ");
  if (name === undefined && clusters.length > 1)
    throw new InputError(`which cluster? Give --cluster, one of: ${names}`);
  const chosen = clusters.find((cluster) => cluster.name === (name ?? cluster.name));
  if (!chosen) throw new InputError(`--cluster ${name}: the configuration has ${names}`);
  return chosen;
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
  return (text: string, previous: readonly Pair[] = []): Pair[] => {
    const at = text.indexOf(separator);
    if (at < 1) throw new InvalidArgumentError(`Write name${separator}value.`);
    return [...previous, [text.slice(0, at).trim(), text.slice(at + 1).trim()]];
  };
}

function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
