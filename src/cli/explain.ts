import { Command, Option } from "commander";
import { InputError } from "../domain/input-error.ts";
import { formatWorkloadName, missingWorkload } from "../gitops/ask/find-container.ts";
import { explainSteps } from "../gitops/ask/steps.ts";
import { refOf } from "../gitops/scan.ts";
import { explainRecipe, type ExplainReport } from "../report/explain-report.ts";
import { explainText } from "../report/explain-text.ts";
import { openScan, type ScanOptions, withScanOptions } from "./open-scan.ts";
import { workloadFrom } from "./read-settings.ts";

interface Options extends ScanOptions {
  readonly container?: string;
  readonly format: "text" | "json";
}

export function explainCommand(): Command {
  const command = new Command("explain")
    .summary("where the numbers of one workload come from: recipe, layers in order, which one wins")
    .description(
      "Shows each recipe that renders a workload, its steps and layers from the weakest to the strongest, for each\nnumber the place that wins and what else it feeds, and why a number can't be changed.",
    )
    .argument("<workload>", "such as Deployment/shop/api, or Deployment//api where no namespace is known");
  return withScanOptions(command)
    .option("--container <name>", "only this container")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .action(async (workload: string, options: Options) => {
      const report = await explain(workload, options);
      const colors = process.stdout.isTTY && process.stdout.hasColors();
      process.stdout.write(
        options.format === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : explainText(report, colors),
      );
    });
}

async function explain(text: string, options: Options): Promise<ExplainReport> {
  const wanted = workloadFrom("explain", text);
  const name = formatWorkloadName(wanted);
  const { scan } = await openScan(options);
  const ofWorkload = scan.containers.filter((at) => refOf(at).workload === name);
  if (ofWorkload.length === 0) throw new InputError(missingWorkload(scan, wanted));
  const containers = ofWorkload.filter(
    ({ container }) => options.container === undefined || container === options.container,
  );
  if (containers.length === 0)
    throw new InputError(
      `--container ${options.container}: ${name} has ${[...new Set(ofWorkload.map(({ container }) => container))].join(", ")}`,
    );
  const byRecipe = [...Map.groupBy(containers, ({ recipe }) => recipe.id).values()];
  return {
    version: 1,
    workload: name,
    recipes: await Promise.all(
      byRecipe.flatMap((members) =>
        members.slice(0, 1).map(async ({ recipe }) => {
          return explainRecipe(recipe, await explainSteps(scan, recipe, members), members);
        }),
      ),
    ),
  };
}
