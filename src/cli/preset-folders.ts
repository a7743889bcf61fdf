import { type Command, InvalidArgumentError } from "commander";
import { presetText } from "../config/preset-name.ts";
import { directoryTree } from "../gitops/directory-tree.ts";
import type { PresetSource } from "../sweep/own-file/presets.ts";

/** Folders by the repositories that they are clones of, in lower case. */
export type PresetFolders = ReadonlyMap<string, string>;

export function withPresetOption(command: Command): Command {
  return command.option(
    "--preset <owner/repo=dir>",
    "folder of a repository from which .github/loadline.yml takes presets; several times for several",
    collect,
    new Map(),
  );
}

function collect(value: string, previous: PresetFolders): PresetFolders {
  const [, repository, folder] = /^([\w.-]+\/[\w.-]+)=(.+)$/.exec(value) ?? [];
  if (repository === undefined || folder === undefined)
    throw new InvalidArgumentError("write it as owner/repo=dir, such as acme/presets=../presets");
  return new Map(previous).set(repository.toLowerCase(), folder);
}

/**
 * Presets as these folders hold them now, whatever branch or tag is asked for. Of other repositories they are
 * missing; where `unread` is given, they are put there instead, and say nothing.
 */
export function folderPresets(folders: PresetFolders, unread?: Set<string>): PresetSource {
  return {
    read: async (name) => {
      const folder = folders.get(name.repository.toLowerCase());
      if (folder === undefined && unread) {
        unread.add(presetText(name));
        return { text: "version: 1\n" };
      }
      if (folder === undefined)
        return {
          missing: `nothing on GitHub is read here; say where a clone of it is: --preset ${name.repository}=DIR`,
        };
      const tree = await directoryTree(folder);
      if (!(await tree.files()).includes(name.path))
        return { missing: `there is no ${name.path} in ${folder}, which --preset names` };
      return { text: new TextDecoder().decode(await tree.read(name.path)) };
    },
    async *earlier() {},
  };
}
