import { Command, Option } from "commander";
import { parseShard, requireShared, type Shard, shardOfJob } from "../sweep/shards/shard.ts";
import { sweepSetup } from "./sweep-setup.ts";
import { sweepSummary } from "./sweep-summary.ts";

interface SweepOptions {
  readonly config: string;
  readonly repository?: string[];
  readonly shard?: string;
  readonly shards?: number;
}

const FAULT = 1;

export function sweepCommand(): Command {
  return new Command("sweep")
    .summary("once through all clusters and repositories, opening pull requests")
    .description(
      "Reads every cluster, plans every repository of the configuration, and opens or updates its pull requests. Doing it again changes nothing.",
    )
    .requiredOption("--config <file>", "the configuration file")
    .option("--repository <owner/name...>", "only these repositories")
    .option(
      "--shard <number/of>",
      "only this part of the work, such as 3/10; the state is shared on PostgreSQL",
    )
    .addOption(
      new Option("--shards <of>", "the same as a pod of an Indexed Job, whose number is JOB_COMPLETION_INDEX")
        .argParser(Number)
        .conflicts("shard"),
    )
    .action(async ({ config, repository, ...sharing }: SweepOptions) => {
      const { sweep } = await import("../sweep/sweep.ts");
      const { auditOf, recordSweep } = await import("../sweep/audit.ts");
      const { announceSweep } = await import("../sweep/after-merge/announce.ts");
      const shard = shardOf(sharing);
      const setup = { ...(await sweepSetup(config)), ...(shard ? { shard } : {}) };
      if (shard && shard.of > 1) requireShared(setup.config);
      const result = await sweep(setup, repository);
      await recordSweep(auditOf(setup), result);
      await announceSweep(setup, result);
      const { createTrials } = await import("../sweep/trials/trials.ts");
      await createTrials(setup).round();
      process.stdout.write(sweepSummary(result));
      if (result.failures.length > 0) process.exitCode = FAULT;
    });
}

function shardOf({ shard, shards }: Pick<SweepOptions, "shard" | "shards">): Shard | undefined {
  if (shard !== undefined) return parseShard(shard);
  return shards === undefined ? undefined : shardOfJob(shards, process.env);
}
