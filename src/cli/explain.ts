import path from "node:path";
import { Command, Option } from "commander";
import { InputError } from "../domain/input-error.ts";
import { workloadKey } from "../domain/workload.ts";
import { formatWorkloadName, missingWorkload, type WorkloadName } from "../gitops/ask/find-container.ts";
import { explainSteps } from "../gitops/ask/steps.ts";
import { refOf, type ScannedContainer } from "../gitops/scan.ts";
import type { RepositoryScan } from "../gitops/scan-repository.ts";
import {
  explainLive,
  explainRecipe,
  type ExplainedRecipe,
  type ExplainReport,
} from "../report/explain-report.ts";
import { explainText } from "../report/explain-text.ts";
import { printable } from "../report/printable.ts";
import { explainWorkload } from "../sweep/locate/explain-workload.ts";
import { openRenderer, openRenderStore } from "../sweep/open/open-renderer.ts";
import { windowEnding } from "../sweep/policy.ts";
import { scanSource } from "../sweep/locate/source.ts";
import { configurationOf } from "./cluster-options.ts";
import { openFolders } from "./open-folders.ts";
import { openScan } from "./open-scan.ts";
import { type PresetFolders, withPresetOption } from "./preset-folders.ts";
import { terminalProgress } from "./progress.ts";
import { workloadFrom } from "./read-settings.ts";

interface Options {
  readonly repo: readonly string[];
  readonly network?: boolean;
  readonly config?: string;
  readonly cluster?: string;
  readonly preset: PresetFolders;
  readonly container?: string;
  readonly format: "text" | "json";
}

export function explainCommand(): Command {
  const command = new Command("explain")
    .summary("where the numbers of one workload come from: recipe, layers in order, which one wins")
    .description(
      "Shows each recipe that renders a workload, its steps and layers from the weakest to the strongest, for each\nnumber the place that wins and what else it feeds, and why a number can't be changed.\n\nWith --cluster, begins at the workload that lives there: what keeps it in sync, what was checked at each link from\nthe object to its line, what merging a change would not do, and which policy is for it.",
    )
    .argument("<workload>", "such as Deployment/shop/api, or Deployment//api where no namespace is known")
    .requiredOption(
      "--repo <dir>",
      "folder of a repository with manifests; with --cluster, several times for several",
      (value: string, previous: readonly string[]) => [...previous, value],
      [],
    )
    .option("--network", "fetch remote charts and bases by exact version")
    .addOption(
      new Option("--offline", "refuse what needs a remote chart or base (the default)").conflicts("network"),
    )
    .option("--config <file>", "clusters and policies from a configuration file, for --cluster")
    .option("--cluster <name>", "begin at the workload that lives in this cluster of the configuration file");
  return withPresetOption(command)
    .option("--container <name>", "only this container")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .action(async (workload: string, options: Options) => {
      const wanted = workloadFrom("explain", workload);
      const follows = options.config !== undefined || options.cluster !== undefined;
      const report = follows ? await follow(wanted, options) : await explain(wanted, options);
      const colors = process.stdout.isTTY && process.stdout.hasColors();
      process.stdout.write(
        options.format === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : explainText(report, colors),
      );
    });
}

async function explain(wanted: WorkloadName, options: Options): Promise<ExplainReport> {
  const name = formatWorkloadName(wanted);
  const [repo = "", ...others] = options.repo;
  if (others.length > 0) throw new InputError("--repo: several repositories are for --cluster");
  const { scan } = await openScan({ ...options, repo });
  const ofWorkload = scan.containers.filter((at) => refOf(at).workload === name);
  if (ofWorkload.length === 0) throw new InputError(missingWorkload(scan, wanted));
  const containers = chosen(ofWorkload, options, ({ container }) => container, name);
  return { version: 1, workload: name, live: null, recipes: await explainedRecipes(scan, containers) };
}

/** From the workload that lives in the cluster. */
async function follow(wanted: WorkloadName, options: Options): Promise<ExplainReport> {
  const { config: file, network } = options;
  if (file === undefined)
    throw new InputError("--cluster: which one that is says a configuration; give --config FILE");
  const { kind, namespace, name } = wanted;
  if (namespace === undefined)
    throw new InputError(`${kind}//${name}: in a cluster it has a namespace; name it`);
  const { config, cluster, delivering } = await configurationOf({ ...options, config: file });
  const progress = terminalProgress();
  try {
    const rendering = {
      renderer: await openRenderer({ network: network ?? config.network }),
      kept: await openRenderStore(),
    };
    const repositories = await Promise.all(
      (await openFolders(options, config)).map(async (one) => ({
        ...one,
        scan: await scanSource(one, rendering, progress.step),
      })),
    );
    const id = { kind, namespace, name };
    const found = await explainWorkload(id, {
      config,
      cluster,
      delivering,
      folder: path.dirname(path.resolve(file)),
      repositories,
      window: windowEnding(Date.now(), config.policy.window),
      warn: (warning) => process.stderr.write(`loadline: ${printable(warning)}\n`),
    });
    const containers = chosen(found.containers, options, ({ container }) => container.name, workloadKey(id));
    const ats = containers.flatMap(({ location }) => ("at" in location ? [location.at] : []));
    const recipes = repositories.map(
      async ({ scan }) =>
        await explainedRecipes(
          scan,
          ats.filter((at) => scan.containers.includes(at)),
        ),
    );
    return {
      version: 1,
      workload: workloadKey(id),
      live: explainLive(cluster.name, found.workload.replicas, containers),
      recipes: (await Promise.all(recipes)).flat(),
    };
  } finally {
    progress.done();
  }
}

function chosen<One>(
  all: readonly One[],
  { container }: Options,
  nameOf: (one: One) => string,
  workload: string,
): readonly One[] {
  const found = all.filter((one) => container === undefined || nameOf(one) === container);
  if (found.length === 0)
    throw new InputError(
      `--container ${container}: ${workload} has ${[...new Set(all.map(nameOf))].join(", ")}`,
    );
  return found;
}

async function explainedRecipes(
  scan: RepositoryScan,
  containers: readonly ScannedContainer[],
): Promise<ExplainedRecipe[]> {
  const byRecipe = [...Map.groupBy(containers, ({ recipe }) => recipe.id).values()];
  return await Promise.all(
    byRecipe.flatMap((members) =>
      members
        .slice(0, 1)
        .map(async ({ recipe }) => explainRecipe(recipe, await explainSteps(scan, recipe, members), members)),
    ),
  );
}
