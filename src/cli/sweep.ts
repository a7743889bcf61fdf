import path from "node:path";
import { Command } from "commander";
import { pino } from "pino";
import { loadConfig } from "../config/load.ts";
import { openRenderer, openRenderStore } from "../sweep/open-renderer.ts";
import type { SweepSetup } from "../sweep/sweep.ts";
import { sweepSummary } from "./sweep-summary.ts";

const FAULT = 1;

export function sweepCommand(): Command {
  return new Command("sweep")
    .summary("once through all clusters and repositories, opening pull requests")
    .description(
      "Reads every cluster, plans every repository of the configuration, and opens or updates its pull requests. Doing it again changes nothing.",
    )
    .requiredOption("--config <file>", "the configuration file")
    .option("--repository <owner/name...>", "only these repositories")
    .action(async ({ config, repository }: { config: string; repository?: string[] }) => {
      const { sweep } = await import("../sweep/sweep.ts");
      const { auditOf, recordSweep } = await import("../sweep/audit.ts");
      const setup = await sweepSetup(config, "warn");
      const result = await sweep(setup, repository);
      await recordSweep(auditOf(setup), result);
      const { createTrials } = await import("../sweep/trials.ts");
      await createTrials(setup).round();
      process.stdout.write(sweepSummary(result));
      if (result.failures.length > 0) process.exitCode = FAULT;
    });
}

/** What `sweep` and `serve` share: configuration, credentials of the environment, a log on stderr. */
export async function sweepSetup(file: string, level: string): Promise<SweepSetup> {
  const config = await loadConfig(file);
  // Probot takes a while to load, and the other verbs do without.
  const { credentialsFromEnvironment, openApp } = await import("../github/app.ts");
  const credentials = await credentialsFromEnvironment(process.env);
  const log = pino({ name: "loadline", level: process.env["LOG_LEVEL"] ?? level }, pino.destination(2));
  return {
    config,
    log,
    folder: path.dirname(path.resolve(file)),
    app: openApp(credentials, log),
    renderer: await openRenderer({ network: config.network }),
    kept: await openRenderStore(),
    baseUrl: credentials.baseUrl,
    now: Date.now,
    secret: credentials.webhookSecret,
  };
}
