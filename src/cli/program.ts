import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { z } from "zod";
import { auditCommand } from "./audit.ts";
import { backtestCommand } from "./backtest.ts";
import { checkCommand } from "./check.ts";
import { collectCommand } from "./collect.ts";
import { explainCommand } from "./explain.ts";
import { planCommand } from "./plan.ts";
import { scanCommand } from "./scan.ts";
import { serveCommand } from "./serve.ts";
import { setCommand } from "./set.ts";
import { sweepCommand } from "./sweep.ts";
import { validateCommand } from "./validate.ts";
import { InputError } from "../domain/input-error.ts";
import { printable } from "../report/printable.ts";

const FAULT = 1;
const BAD_INPUT = 2;

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")));

const program = new Command("loadline")
  .description("Right-size Kubernetes requests and limits where they are written.")
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError("(add --help for what there is)")
  .addCommand(planCommand())
  .addCommand(scanCommand())
  .addCommand(setCommand())
  .addCommand(explainCommand())
  .addCommand(checkCommand())
  .addCommand(backtestCommand())
  .addCommand(sweepCommand())
  .addCommand(serveCommand())
  .addCommand(auditCommand())
  .addCommand(collectCommand())
  .addCommand(validateCommand());

for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong on stderr; the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
  const lines = (error instanceof Error ? error.message : String(error)).split("\n").map(printable);
  process.stderr.write(`loadline: ${lines.join("\nloadline: ")}\n`);
  if (error instanceof InputError) return BAD_INPUT;
  if (error instanceof Error && process.env["LOADLINE_DEBUG"]) process.stderr.write(`${error.stack}\n`);
  return FAULT;
}
