import { realpath } from "node:fs/promises";
import path from "node:path";
import { Command, Option } from "commander";
import { findingsOf } from "../checks/findings.ts";
import { pairContainers } from "../checks/pair.ts";
import { directoryTree, remotesOf } from "../gitops/directory-tree.ts";
import { scanRepository } from "../gitops/scan-repository.ts";
import { checkAnnotations } from "../report/check-annotations.ts";
import { type CheckReport, checkReport } from "../report/check-report.ts";
import { checkSarif } from "../report/check-sarif.ts";
import { checkTable } from "../report/check-table.ts";
import { openRenderer, openRenderStore } from "../sweep/open/open-renderer.ts";
import { isOwnAddress } from "../domain/repository-identity.ts";
import { openBaseTree } from "./base-tree.ts";
import { type ClusterOptions, withClusterOptions } from "./cluster-options.ts";
import { type Progress, terminalProgress } from "./progress.ts";
import { usageOfScanned } from "./scanned-usage.ts";

/** Exit code of `--fail-on warning` where there is something to warn of. */
const WARNED = 3;

const FORMATS = ["table", "json", "sarif", "github"] as const;

interface Options extends ClusterOptions {
  readonly base: string;
  readonly repo: string;
  readonly network?: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly failOn: "none" | "warning";
}

export function checkCommand(): Command {
  const command = new Command("check")
    .summary("what a branch changes of requests and limits, at which line, and what speaks against it")
    .description(
      "Renders a repository as it is and as it was where its history left another branch, and says which\ncontainers' requests and limits differ. With --prometheus also what usage says of the new values. Needs\nno cluster, and changes nothing.",
    )
    .requiredOption("--base <ref>", "the branch to compare with, such as origin/main")
    .option("--repo <dir>", "folder of a repository with manifests", ".")
    .option("--network", "fetch remote charts and bases by exact version (default: refuse what needs them)")
    .addOption(new Option("--format <format>", "how to print").choices(FORMATS).default("table"))
    .addOption(
      new Option("--fail-on <level>", "exit with 3 on warnings and errors")
        .choices(["none", "warning"])
        .default("none"),
    );
  return withClusterOptions(command).action(async (options: Options) => {
    const progress = terminalProgress();
    try {
      const report = await check(options, progress);
      progress.done();
      process.stdout.write(printed(report, options.format));
      const warned = report.findings.some(({ level }) => level !== "note");
      process.exitCode = options.failOn === "warning" && warned ? WARNED : 0;
    } finally {
      progress.done();
    }
  });
}

async function check(options: Options, progress: Progress): Promise<CheckReport> {
  const started = performance.now();
  const { base: ref, repo, network = false } = options;
  const tree = await directoryTree(repo);
  const folder = await realpath(repo);
  await using base = await openBaseTree(folder, ref);
  const scanOptions = {
    renderer: await openRenderer({ network }),
    kept: await openRenderStore(),
    isOwn: isOwnAddress(await remotesOf(folder)),
  };
  const name = path.basename(folder);
  progress.step("rendering every recipe as it was");
  const before = await scanRepository(name, base.tree, scanOptions);
  progress.step("rendering every recipe as it is");
  const after = await scanRepository(name, tree, scanOptions);
  const pairs = pairContainers(before.containers, after.containers);
  const usage = await usageOfScanned(pairs, after, options, progress);
  return checkReport(findingsOf(before, after, pairs, usage), base.prefix, {
    base: { ref, commit: base.commit },
    usage: usage !== undefined,
    stats: {
      renders: before.renders + after.renders,
      files: before.sources.files.length + after.sources.files.length,
      seconds: Math.round(performance.now() - started) / 1000,
    },
  });
}

function printed(report: CheckReport, format: Options["format"]): string {
  switch (format) {
    case "table":
      return checkTable(report, process.stdout.isTTY && process.stdout.hasColors());
    case "json":
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case "sarif":
      return checkSarif(report);
    case "github":
      return checkAnnotations(report);
  }
}
