import { once } from "node:events";
import { Command, InvalidArgumentError } from "commander";
import { appSetup } from "./sweep-setup.ts";

export function serveCommand(): Command {
  return new Command("serve")
    .summary("run the GitHub App: webhooks, slash commands, scheduled sweeps")
    .description(
      "Listens for GitHub's webhooks and sweeps by the schedule of the configuration. Also answers at /healthz and /metrics.",
    )
    .requiredOption("--config <file>", "the configuration file")
    .option("--host <address>", "address to listen on", process.env["HOST"] ?? "localhost")
    .option("--port <number>", "port to listen on", port, Number(process.env["PORT"] ?? 3000))
    .action(async (options: { config: string; host: string; port: number }) => {
      const { serve } = await import("../serve.ts");
      const setup = await appSetup(options.config, "info");
      await using serving = await serve(setup, options);
      setup.log.info(`listening on ${serving.address}`);
      await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
      setup.log.info("stopping: work under way is finished first");
    });
}

function port(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 0 && value < 65_536))
    throw new InvalidArgumentError("Write a port number.");
  return value;
}
