import { Command, Option } from "commander";
import { scanReport } from "../report/scan-report.ts";
import { scanTable } from "../report/scan-table.ts";
import { openScan, type ScanOptions, scanStats, withScanOptions } from "./open-scan.ts";
import { writeOutput } from "./write-output.ts";

interface Options extends ScanOptions {
  readonly format: "table" | "json";
  readonly output?: string;
}

export function scanCommand(): Command {
  const command = new Command("scan")
    .summary("every recipe of a repository, every container it renders, and the line that sets each number")
    .description(
      "Renders whatever a repository declares (manifests, Kustomize, Helm, Argo CD, Flux), and finds the line\nthat sets each request and limit of each container. Needs no cluster, and changes nothing.",
    );
  return withScanOptions(command)
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .option("--output <file>", "print into a file")
    .action(async (options: Options) => {
      const started = performance.now();
      const opened = await openScan(options);
      const report = scanReport(opened.scan, scanStats(opened, started));
      const colors = options.output === undefined && process.stdout.isTTY && process.stdout.hasColors();
      const text =
        options.format === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : scanTable(report, colors);
      if (options.output === undefined) process.stdout.write(text);
      else await writeOutput("--output", options.output, text);
    });
}
