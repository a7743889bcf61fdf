import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Reason } from "../domain/reason.ts";
import type { Sources } from "./sources.ts";

/**
 * A folder on disk that holds those files of a tree which a renderer needs. The tree itself is never rendered
 * in place: here there are regular files alone, and nothing that is written here reaches it.
 */
export class Workspace implements AsyncDisposable {
  /** Absolute, without links. */
  readonly root: string;
  readonly #sources: Sources;
  readonly #written = new Map<string, Promise<Reason | undefined>>();
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

  /** Why one of the files can't be had, where that is so. */
  async provide(files: Iterable<string>): Promise<Reason | undefined> {
    const reasons = await Promise.all([...files].map(async (file) => await this.#write(file)));
    return reasons.find((reason) => reason !== undefined);
  }

  /** Makes a folder beside the tree's own that holds these generated files; its path in the tree. */
  async wrap(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = this.#freeName();
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

  #freeName(): string {
    this.#wrappers += 1;
    const name = `.loadline-${this.#wrappers}`;
    return this.#sources.hasFolder(name) ? this.#freeName() : name;
  }

  async #write(file: string): Promise<Reason | undefined> {
    const write = async (): Promise<Reason | undefined> => {
      const read = await this.#sources.content(file);
      if ("refused" in read) return { file, ...read.refused };
      await mkdir(path.dirname(this.at(file)), { recursive: true });
      await writeFile(this.at(file), read.content);
      return undefined;
    };
    const writing = this.#written.get(file) ?? write();
    this.#written.set(file, writing);
    return await writing;
  }
}
