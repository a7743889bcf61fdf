import { createHash } from "node:crypto";
import path from "node:path/posix";
import type { Reason } from "../domain/reason.ts";
import { parseDocuments } from "../manifests/documents.ts";
import { decodeSource } from "../manifests/source-text.ts";
import { parseYaml } from "./render/rendered.ts";
import { FileTooLarge, overlay, type Tree } from "./tree.ts";

/** A file as data, fast and read-only: places in it are found by `manifests/` when something is edited. */
export type FileData = { readonly values: readonly unknown[] } | { readonly refused: Reason };

type FileText = { readonly text: string } | { readonly refused: Reason };

/**
 * The files of one tree as they were when they were first read: each is read and parsed at the most once, so
 * that what changes meanwhile is not half old and half new.
 */
export class Sources {
  readonly tree: Tree;
  /** All paths, sorted. */
  readonly files: readonly string[];
  readonly #paths: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;
  #byFolder: ReadonlyMap<string, readonly string[]> | undefined;
  #byName: ReadonlyMap<string, readonly string[]> | undefined;
  /** That these were derived from, for all files but the replaced ones. */
  readonly #base: Sources | undefined;
  readonly #replaced: ReadonlyMap<string, string>;
  readonly #texts = new Once((file) => this.#decode(file));
  readonly #data = new Once((file) => this.#parse(file));
  readonly #contents = new Once((file) => this.#read(file));
  readonly #digests = new Once((file) => this.#hash(file));
  readonly #used = new Set<string>();

  private constructor(
    tree: Tree,
    files: readonly string[],
    base?: Sources,
    replaced: ReadonlyMap<string, string> = new Map(),
  ) {
    this.tree = tree;
    this.#base = base;
    this.#replaced = replaced;
    // Whatever order the tree has: ranges of it are found by halving.
    this.files = [...files].sort();
    this.#paths = new Set(files);
    this.#folders = new Set(files.flatMap(foldersAbove));
  }

  static async of(tree: Tree): Promise<Sources> {
    return new Sources(tree, await tree.files());
  }

  /** With some files replaced or added; what was read of the others, or will be, is shared. */
  with(texts: ReadonlyMap<string, string>): Sources {
    const files = [...new Set([...this.files, ...texts.keys()])];
    return new Sources(overlay(this.tree, texts), files, this, texts);
  }

  has(file: string): boolean {
    return this.#paths.has(file);
  }

  /** Whether some file lies below; the root is the empty path. */
  hasFolder(folder: string): boolean {
    return folder === "" || this.#folders.has(folder);
  }

  /** Files below a folder, itself included, at any depth. */
  below(folder: string): readonly string[] {
    if (folder === "") return this.files;
    // What begins with `folder/` stands together, before what begins with the character behind the slash.
    return this.files.slice(firstFrom(this.files, `${folder}/`), firstFrom(this.files, `${folder}0`));
  }

  /** Files that stand in a folder itself. */
  in(folder: string): readonly string[] {
    this.#byFolder ??= Map.groupBy(this.files, folderOf);
    return this.#byFolder.get(folder) ?? [];
  }

  /** Files with this name, in whatever folder. */
  named(name: string): readonly string[] {
    this.#byName ??= Map.groupBy(this.files, (file) => path.basename(file));
    return this.#byName.get(name) ?? [];
  }

  /** Files that something is made of: all that were read but for those that were only looked into. */
  get used(): Iterable<string> {
    return this.#used;
  }

  async text(file: string): Promise<FileText> {
    this.#used.add(file);
    return await this.glance(file);
  }

  /** The text of a file in search of something. */
  async glance(file: string): Promise<FileText> {
    return await this.#owner(file).#texts.of(file);
  }

  /** The documents of a YAML or JSON file as plain data. */
  async data(file: string): Promise<FileData> {
    this.#used.add(file);
    return await this.#owner(file).#data.of(file);
  }

  /** What is in a file, whether it is text or not. */
  async content(file: string): Promise<{ content: string | Uint8Array } | { refused: Reason }> {
    return await this.#owner(file).#contents.of(file);
  }

  /** SHA-256 of a file, in hexadecimal; `undefined` where it can't be read. */
  async digest(file: string): Promise<string | undefined> {
    return await this.#owner(file).#digests.of(file);
  }

  /** Whose copy of a file counts. */
  #owner(file: string): Sources {
    return this.#base === undefined || this.#replaced.has(file) ? this : this.#base.#owner(file);
  }

  async #decode(file: string): Promise<FileText> {
    try {
      return decodeSource(await this.tree.read(file));
    } catch (error) {
      return {
        refused:
          error instanceof FileTooLarge
            ? { code: "file-too-large", message: "the file is larger than 64 MiB" }
            : { code: "unreadable", message: "the file can't be read, or is no longer there" },
      };
    }
  }

  async #parse(file: string): Promise<FileData> {
    const source = await this.glance(file);
    if ("refused" in source) return source;
    const fast = parseYaml(source.text);
    // What only the fast parser minds (tabs between tokens) is still YAML.
    return "refused" in fast && fast.refused.code === "yaml-invalid" ? parseDocuments(source.text) : fast;
  }

  async #read(file: string): Promise<{ content: string | Uint8Array } | { refused: Reason }> {
    const source = await this.glance(file);
    if ("text" in source) return { content: source.text };
    return await this.tree.read(file).then(
      (content) => ({ content }),
      () => source,
    );
  }

  async #hash(file: string): Promise<string | undefined> {
    const read = await this.content(file);
    return "refused" in read ? undefined : createHash("sha256").update(read.content).digest("hex");
  }
}

/** Something that is made of each file, once and only if asked for. */
class Once<Value> {
  readonly #make: (file: string) => Promise<Value>;
  readonly #made = new Map<string, Promise<Value>>();

  constructor(make: (file: string) => Promise<Value>) {
    this.#make = make;
  }

  async of(file: string): Promise<Value> {
    const made = this.#made.get(file) ?? this.#make(file);
    this.#made.set(file, made);
    return await made;
  }
}

/** The folder of a file, empty for the root. */
export function folderOf(file: string): string {
  const folder = path.dirname(file);
  return folder === "." ? "" : folder;
}

/**
 * A path that a file or an object names, as a path of the tree; a leading `/` means the root. `undefined`
 * where it leads out of the tree.
 */
export function resolveInTree(folder: string, named: string): string | undefined {
  const joined = path.normalize(
    named.startsWith("/") ? `.${named}` : path.join(folder === "" ? "." : folder, named),
  );
  if (joined === ".." || joined.startsWith("../")) return undefined;
  const trimmed = joined.replace(/\/+$/, "");
  return trimmed === "." ? "" : trimmed;
}

/** From the topmost one down; without the root. */
export function foldersAbove(file: string): string[] {
  const folders: string[] = [];
  for (let at = file.indexOf("/"); at !== -1; at = file.indexOf("/", at + 1)) folders.push(file.slice(0, at));
  return folders;
}

/** The index of the first that is not before this text. */
function firstFrom(sorted: readonly string[], text: string): number {
  let [first, behind] = [0, sorted.length];
  while (first < behind) {
    const middle = (first + behind) >> 1;
    if ((sorted[middle] ?? "") < text) first = middle + 1;
    else behind = middle;
  }
  return first;
}
