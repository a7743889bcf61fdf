import { readFile } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import { loadConfig } from "../config/load.ts";
import { REPOSITORY_FILE } from "../config/repository-file.ts";
import { InputError } from "../domain/input-error.ts";
import { operatorPolicies } from "../sweep/policy.ts";
import { resolvePresets } from "../sweep/own-file/presets.ts";
import { folderPresets, type PresetFolders, withPresetOption } from "./preset-folders.ts";

interface Options {
  readonly repositoryFile?: boolean;
  readonly config?: string;
  readonly preset: PresetFolders;
}

export function validateCommand(): Command {
  const command = new Command("validate")
    .summary("check a configuration file, or a repository's own file")
    .description("Checks a file and names every fault by line and column.")
    .argument("<file>", `the configuration file, such as loadline.yaml, or a repository's ${REPOSITORY_FILE}`)
    .option("--repository-file", "it is a repository's own file or a preset, wherever it lies")
    .option(
      "--config <file>",
      "the operator's configuration, beyond which a repository's own file may not go",
    );
  return withPresetOption(command).action(async (file: string, options: Options) => {
    const isOwn =
      options.repositoryFile ?? path.resolve(file).endsWith(path.normalize(`/${REPOSITORY_FILE}`));
    process.stdout.write(isOwn ? await validateOwn(file, options) : await validateConfig(file));
  });
}

async function validateConfig(file: string): Promise<string> {
  const { clusters, repositories } = await loadConfig(file);
  return `${file}: valid, ${clusters.length} clusters, ${repositories.length} repositories\n`;
}

async function validateOwn(file: string, { config, preset }: Options): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: can't be read (${error.code})`);
  });
  const unread = new Set<string>();
  const { own, faults } = await resolvePresets(text, file, {
    from: folderPresets(preset, unread),
    mayExtend: () => true,
    allowed: config === undefined ? [] : operatorPolicies(await loadConfig(config)),
  });
  if (!own || faults.length > 0) throw new InputError(faults.join("\n"));
  const looked = [...unread].map(
    (name) => `${file}: ${name} was not looked at; --preset ${name.split("//", 1)[0]}=DIR says where it is\n`,
  );
  return [`${file}: valid, ${own.policies.length} policies, ${own.ignore.length} ignored\n`, ...looked].join(
    "",
  );
}
