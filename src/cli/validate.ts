import { Command } from "commander";
import { loadConfig } from "../config/load.ts";

export function validateCommand(): Command {
  return new Command("validate")
    .summary("check a configuration file")
    .description("Checks a configuration file and names every fault by line and column.")
    .argument("<file>", "the configuration file, such as loadline.yaml")
    .action(async (file: string) => {
      const { clusters, repositories } = await loadConfig(file);
      process.stdout.write(
        `${file}: valid, ${clusters.length} clusters, ${repositories.length} repositories\n`,
      );
    });
}
