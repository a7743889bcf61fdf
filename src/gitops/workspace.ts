import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Sources } from "./sources.ts";

/**
 * A folder on disk that holds those files of a tree which a renderer needs. The tree itself is never rendered
 * in place: here there are regular files alone, and nothing that is written here reaches it.
 */
export class Workspace implements AsyncDisposable {
  /** Absolute, without links. */
  readonly root: string;
  readonly #sources: Sources;
  readonly #written = new Map<string, Promise<void>>();
  #wrappers = 0;

  private constructor(root: string, sources: Sources) {
    this.root = root;
    this.#sources = sources;
  }

  static async create(sources: Sources): Promise<Workspace> {
    const root = await mkdtemp(path.join(await realpath(tmpdir()), "loadline-tree-"));
    return new Workspace(root, sources);
  }

  /** Absolute path of a path of the tree. */
  at(file: string): string {
    return path.join(this.root, file);
  }

  async provide(files: Iterable<string>): Promise<void> {
    await Promise.all([...files].map(async (file) => await this.#write(file)));
  }

  /** Makes a folder beside the tree's own that holds these generated files; its path in the tree. */
  async wrap(files: Readonly<Record<string, string>>): Promise<string> {
    this.#wrappers += 1;
    const folder = `.loadline-${this.#wrappers}`;
    await mkdir(this.at(folder));
    await Promise.all(
      Object.entries(files).map(
        async ([name, text]) => await writeFile(path.join(this.at(folder), name), text),
      ),
    );
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  async #write(file: string): Promise<void> {
    const write = async (): Promise<void> => {
      await mkdir(path.dirname(this.at(file)), { recursive: true });
      await writeFile(this.at(file), await this.#sources.tree.read(file));
    };
    const writing = this.#written.get(file) ?? write();
    this.#written.set(file, writing);
    await writing;
  }
}
