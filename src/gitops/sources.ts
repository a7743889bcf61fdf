import path from "node:path/posix";
import type { Reason } from "../domain/reason.ts";
import { parseDocuments } from "../manifests/documents.ts";
import { decodeSource } from "../manifests/source-text.ts";
import { parseYaml } from "./render/rendered.ts";
import type { Tree } from "./tree.ts";

/** A file as data, fast and read-only: places in it are found by `manifests/` when something is edited. */
export type FileData = { readonly values: readonly unknown[] } | { readonly refused: Reason };

/** The files of one tree, read and parsed at the most once each. */
export class Sources {
  readonly tree: Tree;
  /** All paths, sorted. */
  readonly files: readonly string[];
  readonly #paths: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;
  readonly #texts = new Map<string, Promise<{ text: string } | { refused: Reason }>>();
  readonly #data = new Map<string, Promise<FileData>>();
  readonly #used = new Set<string>();

  private constructor(tree: Tree, files: readonly string[]) {
    this.tree = tree;
    this.files = files;
    this.#paths = new Set(files);
    this.#folders = new Set(files.flatMap(foldersAbove));
  }

  static async of(tree: Tree): Promise<Sources> {
    return new Sources(tree, await tree.files());
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
    return folder === "" ? this.files : this.files.filter((file) => file.startsWith(`${folder}/`));
  }

  /** Files that stand in a folder itself. */
  in(folder: string): readonly string[] {
    return this.below(folder).filter((file) => folderOf(file) === folder);
  }

  /** Files that something is made of: all that were read but for those that were only looked into. */
  get used(): Iterable<string> {
    return this.#used;
  }

  /** Rejects where there is no such file. */
  async text(file: string): Promise<{ text: string } | { refused: Reason }> {
    this.#used.add(file);
    return await this.glance(file);
  }

  /** The text of a file in search of something. */
  async glance(file: string): Promise<{ text: string } | { refused: Reason }> {
    const known = this.#texts.get(file) ?? this.tree.read(file).then(decodeSource);
    this.#texts.set(file, known);
    return await known;
  }

  /** The documents of a YAML or JSON file as plain data; rejects where there is no such file. */
  async data(file: string): Promise<FileData> {
    const known = this.#data.get(file) ?? this.#parse(file);
    this.#data.set(file, known);
    return await known;
  }

  async #parse(file: string): Promise<FileData> {
    const source = await this.text(file);
    if ("refused" in source) return source;
    const fast = parseYaml(source.text);
    // What only the fast parser minds (tabs between tokens) is still YAML.
    return "refused" in fast && fast.refused.code === "yaml-invalid" ? parseDocuments(source.text) : fast;
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

function foldersAbove(file: string): string[] {
  const segments = file.split("/").slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join("/"));
}
