import { realpath } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../config/schema.ts";
import { isOwnAddress } from "../domain/repository-identity.ts";
import { commitOf, directoryTree, remotesOf } from "../gitops/directory-tree.ts";
import { readOwnFile } from "../sweep/own-file/own-file.ts";
import { repositoryGlobs } from "../sweep/own-file/repository-globs.ts";
import type { RepositorySource } from "../sweep/locate/source.ts";
import { commitTreeIn } from "./commit-tree.ts";
import { folderPresets, type PresetFolders } from "./preset-folders.ts";

/** A repository in a folder of this machine. Its branch is not told: what is checked out may be on its way to another. */
export interface OpenedFolder extends RepositorySource {
  /** Absolute, links resolved. */
  readonly folder: string;
}

/** Opens the folders of `--repo`, and of each what it says of itself. */
export async function openFolders(
  { repo: folders, preset }: { readonly repo: readonly string[]; readonly preset: PresetFolders },
  config: Config,
): Promise<OpenedFolder[]> {
  return await Promise.all(
    folders.map(async (given) => {
      const tree = await directoryTree(given);
      const folder = await realpath(given);
      const name = folders.length > 1 ? given : path.basename(folder);
      return {
        name,
        folder,
        tree,
        commit: await commitOf(folder),
        treeAt: async (commit: string) => await commitTreeIn(folder, commit),
        isOwn: isOwnAddress(await remotesOf(folder)),
        counts: repositoryGlobs(config, path.basename(folder)),
        own: await readOwnFile(tree, config, folderPresets(preset)),
      };
    }),
  );
}
