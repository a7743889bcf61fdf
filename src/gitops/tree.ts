/** The files of a repository at one commit, or of a folder. Paths are relative, with `/`, never outside. */
export interface Tree {
  /** Regular files, sorted; links, sub-repositories and ignored files are left out. */
  files(): Promise<readonly string[]>;
  /** Rejects where the path is not one of {@link files}, with {@link FileTooLarge} where it can't be held. */
  read(path: string): Promise<Uint8Array>;
}

/** The files of one commit, until disposed of. */
export interface CommitTree extends AsyncDisposable {
  readonly tree: Tree;
}

/** Nobody keeps such a file among manifests; it is not even read. */
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";
}

/** A tree with some files replaced or added. */
export function overlay(tree: Tree, texts: ReadonlyMap<string, string>): Tree {
  const encoder = new TextEncoder();
  return {
    async files() {
      return [...new Set([...(await tree.files()), ...texts.keys()])].sort();
    },
    async read(path) {
      const text = texts.get(path);
      return text === undefined ? await tree.read(path) : encoder.encode(text);
    },
  };
}
