import path from "node:path";
import { Command, Option } from "commander";
import { readEntries } from "../audit/audit-file.ts";
import { auditFile } from "../audit/audit-place.ts";
import { loadConfig } from "../config/load.ts";
import { InputError } from "../domain/input-error.ts";
import { AUDIT_FORMATS, formatAudit } from "../report/audit-report.ts";
import { durationSeconds } from "./flag-values.ts";

interface Options {
  readonly config?: string;
  readonly file?: string;
  readonly since?: number;
  readonly format: (typeof AUDIT_FORMATS)[number];
}

export function auditCommand(): Command {
  return new Command("audit")
    .summary("who decided what, when, on which evidence")
    .description(
      "Prints the audit log: every pull request that was opened, updated, closed or merged, and every slash\ncommand, allowed or refused.",
    )
    .option("--config <file>", "the configuration file, which says where the audit log is")
    .addOption(new Option("--file <file>", "the audit log itself").conflicts("config"))
    .option("--since <duration>", "only the last 7d, or any other duration", durationSeconds)
    .addOption(new Option("--format <format>", "how to print").choices(AUDIT_FORMATS).default("table"))
    .action(async (options: Options) => {
      const since = options.since === undefined ? 0 : Date.now() - options.since * 1000;
      const { entries, unreadable } = await readEntries(await fileOf(options), since);
      process.stdout.write(formatAudit({ version: 1, entries: [...entries], unreadable }, options.format));
      if (unreadable > 0) process.stderr.write(`loadline: ${unreadable} lines of it can't be read\n`);
    });
}

async function fileOf({ config, file }: Options): Promise<string> {
  if (file !== undefined) return file;
  if (config === undefined) throw new InputError("where is the audit log? Give --config FILE or --file FILE");
  const found = auditFile(await loadConfig(config), path.dirname(path.resolve(config)));
  if (found === undefined)
    throw new InputError(`${config}: names no file for the audit log (audit) and no folder for the store`);
  return found;
}
