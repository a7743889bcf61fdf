import { Command, Option } from "commander";
import { applySettings } from "../gitops/ask/settings.ts";
import { printable } from "../report/printable.ts";
import { setDiff } from "../report/set-diff.ts";
import { refusal, setReport } from "../report/set-report.ts";
import { openScan, type ScanOptions, scanStats, withScanOptions } from "./open-scan.ts";
import { LAYERS, settingFromFlags, settingsFromFile, type SettingFlags } from "./read-settings.ts";
import { writeFiles } from "./write-files.ts";

/** Not everything that was asked for can be done. */
const REFUSED = 2;

interface Options extends ScanOptions, SettingFlags {
  readonly from?: string;
  readonly write?: boolean;
  readonly partial?: boolean;
  readonly format: "diff" | "json";
}

export function setCommand(): Command {
  const command = new Command("set")
    .summary("set requests and limits of containers in the lines that say so, proven by rendering")
    .description(
      "Edits the lines of a repository that set what a container asks for, and proves by rendering before and\nafter that nothing else changes. Prints the diff; changes nothing unless --write is given.",
    );
  return withScanOptions(command)
    .option("--workload <Kind/namespace/name>", "such as Deployment/shop/api, or Deployment//api without one")
    .option("--container <name>", "which of its containers")
    .option("--requests <amounts>", "such as cpu=250m,memory=300Mi; what is not named stays")
    .option("--limits <amounts>", "the same for limits")
    .option("--source <path>", "id or path of the recipe, or a values file, where several recipes have it")
    .addOption(new Option("--layer <layer>", "where to set it, if not where it is set now").choices(LAYERS))
    .addOption(
      new Option("--from <file>", "many changes at once: a list as JSON, - for standard input").conflicts([
        "workload",
        "container",
        "requests",
        "limits",
        "source",
        "layer",
      ]),
    )
    .option("--write", "edit the files, all or none")
    .option("--partial", "with --write: also where some changes are refused")
    .addOption(new Option("--format <format>", "how to print").choices(["diff", "json"]).default("diff"))
    .action(async (options: Options) => {
      process.exitCode = await set(options);
    });
}

async function set(options: Options): Promise<number> {
  const started = performance.now();
  const { from, format, write = false, partial = false } = options;
  const settings = from === undefined ? [settingFromFlags(options)] : await settingsFromFile(from);
  const opened = await openScan(options);
  const applied = await applySettings(opened.scan, settings);
  const refused = applied.results.filter(
    ({ status }) => status !== "proven" && status !== "unchanged",
  ).length;
  const writing = write && (refused === 0 || partial) && applied.files.length > 0;
  if (writing) await writeFiles(opened.folder, applied.files);
  const report = setReport(applied, writing, scanStats(opened, started, applied.renders));
  const terminal = process.stdout.isTTY ? { colors: process.stdout.hasColors() } : undefined;
  process.stdout.write(
    format === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : setDiff(applied.files, terminal),
  );
  for (const line of report.results.flatMap((result) => refusal(result) ?? []))
    process.stderr.write(`loadline: ${printable(line)}\n`);
  if (write && refused > 0 && !writing)
    process.stderr.write(
      `loadline: nothing was written, for ${refused} of ${settings.length} changes can't be made; --partial writes what is proven anyway\n`,
    );
  return refused > 0 ? REFUSED : 0;
}
